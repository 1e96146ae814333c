"""Every error huegraft raises on purpose.

Errors of arguments are also :class:`ValueError`, and errors of files are also :class:`OSError`. So callers who do not
know huegraft's tree catch what they expect.
"""


class HuegraftError(Exception):
    """The base of all errors of huegraft."""


class Cancelled(HuegraftError):  # noqa: N818 - what happened, not what went wrong
    """A call was cancelled by its caller."""


class ArgumentError(HuegraftError, ValueError):
    """An argument is out of its range or of the wrong kind."""


class SettingsError(ArgumentError):
    """A setting is unknown or out of its range."""


class PictureError(ArgumentError):
    """An array is not a picture: wrong shape, dtype or values."""


class BackboneError(ArgumentError):
    """A backbone or one of its layers is unknown, or it returned maps of the wrong shape."""


class EncodedMismatchError(ArgumentError):
    """An encoded reference was made with other settings than those of this run."""


class EvaluationError(ArgumentError):
    """A plan of an evaluation is wrong, or a set, a method or a measure cannot be had."""


class LutError(ArgumentError):
    """A LUT's table, size, domain or title is out of range."""


class MissingExtraError(HuegraftError, ImportError):
    """A package is missing that an extra of huegraft brings."""


class FileError(HuegraftError, OSError):
    """A file cannot be read or written."""


class PictureFileError(FileError):
    """A picture file is missing, damaged, unsupported or not writable."""


class WeightsError(FileError):
    """A file of network weights is missing, damaged or holds other tensors than expected."""


class SettingsFileError(FileError):
    """A settings file or a manifest is missing, damaged or not writable."""


class EncodedFileError(FileError):
    """A saved encoded reference is missing, damaged or of another schema."""


class LookFileError(FileError):
    """A saved look is missing, damaged, of another schema or not writable."""


class ClusterError(HuegraftError):
    """The workers of a cluster cannot be reached, differ from this machine, or do not share its files."""


class FilmError(FileError):
    """A film cannot be read or written, or its project is damaged or of another film."""


class LutFileError(FileError):
    """A file of a LUT is missing, damaged, of another kind or not writable."""
