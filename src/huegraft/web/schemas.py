"""Schemas: what bodies hold. They take less than the package does: no paths, no weights, and bounded work."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from huegraft.errors import SettingsError
from huegraft.settings import Mode, Settings, preset
from huegraft.web.jobs import Kind, State
from huegraft.web.setting_schema import most_of, settings_schema

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="The id of a picture.")]
Place = tuple[Annotated[float, Field(ge=0, le=1e6)], Annotated[float, Field(ge=0, le=1e6)]]
PresetName = Literal["best"]
FormatName = Literal["png", "jpg", "webp", "tif", "exr", "jp2"]
MOST_REFERENCES, MOST_PINS, MOST_REGIONS, MOST_STROKES, MOST_POINTS = 8, 200, 16, 500, 5000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FolderPicture(_Body):
    """A picture of the folder that the server serves."""

    folder: str = Field("", max_length=1000, description="A folder below the served one.")
    path: str = Field(min_length=1, max_length=1000, description="The file, below that folder.")


class Size(_Body):
    """A size in pixels."""

    height: int
    width: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> "Size":
        """Return the size of an array."""
        return cls(height=size[0], width=size[1])


class PictureOut(_Body):
    """A picture that the server holds."""

    id: str
    name: str
    size: Size
    depth: str = Field(description="The kind of number that a channel is: uint8, uint16, float16 or float32.")
    profile: str = Field(description="What the values mean: srgb, icc, linear, pq or hlg.")
    notes: list[str]
    levels: int = Field(description="The number of the level of the full size. Each level below has half its sides.")
    tile: int = Field(description="The pixels of a side of a tile.")


class FolderOut(_Body):
    """What a folder holds."""

    served: bool = Field(description="Whether the server serves a folder.")
    folders: list[str]
    pictures: list[str]


class Stroke(_Body):
    """A stroke of a brush, or an outline that is filled, in pixels of the full-size picture."""

    points: list[Place] = Field(min_length=1, max_length=MOST_POINTS)
    radius: float = Field(20.0, ge=0.5, le=2000)
    softness: float = Field(0.5, ge=0, le=1, description="The share of the radius within which the edge is soft.")
    fill: bool = Field(False, description="Whether the inside of the outline counts.")
    erase: bool = Field(False, description="Whether the stroke takes away.")


class Mask(_Body):
    """A mask: an uploaded grey picture, or strokes."""

    picture: Id | None = None
    strokes: list[Stroke] = Field(default_factory=list, max_length=MOST_STROKES)


class Region(_Body):
    """A part of the target that takes its colours from a part of the references."""

    target_mask: Mask | None = None
    reference_mask: Mask | None = None
    reference: int | None = Field(None, ge=0, lt=MOST_REFERENCES)


class Pin(_Body):
    """A place of the target, (x, y), that takes the colour of a place of a reference."""

    target: Place
    reference: Place
    of: int = Field(0, ge=0, lt=MOST_REFERENCES)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    known = settings_schema()["properties"]
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"the server knows no setting {name!r}; GET /v1/settings-schema lists them")
        most = most_of(name)
        if most is not None and isinstance(value, int) and value > most:
            raise ValueError(f"{name} may be at most {most} here")
        if name == "backbone" and value not in known[name]["enum"]:
            raise ValueError(f"backbone must be one of {', '.join(known[name]['enum'])} here")
    try:
        Settings().replace(**values)
    except SettingsError as error:
        raise ValueError(str(error)) from error
    return values


SettingValues = Annotated[dict[str, JsonValue], AfterValidator(_checked), WithJsonSchema(settings_schema())]


class ResultRequest(_Body):
    """Everything that decides a result, beside the target."""

    mode: Mode = "transfer"
    references: list[Id] = Field(min_length=1, max_length=MOST_REFERENCES)
    preset: PresetName = "best"
    settings: SettingValues = Field(default_factory=dict, description="The settings that differ from the preset.")
    target_mask: Mask | None = None
    reference_masks: list[Mask | None] = Field(default_factory=list, max_length=MOST_REFERENCES)
    regions: list[Region] = Field(default_factory=list, max_length=MOST_REGIONS)
    pins: list[Pin] = Field(default_factory=list, max_length=MOST_PINS)

    def all_settings(self) -> Settings:
        """Return the settings of the preset with the changes."""
        return preset(self.preset).replace(**self.settings)

    def pictures(self) -> list[str]:
        """Return the ids of all pictures."""
        return [*self.references, *(mask.picture for mask in self.masks() if mask.picture)]

    def masks(self) -> list[Mask]:
        """Return all masks."""
        of_regions = [mask for region in self.regions for mask in (region.target_mask, region.reference_mask)]
        return [mask for mask in (self.target_mask, *self.reference_masks, *of_regions) if mask is not None]


class NewSession(_Body):
    """A session to be made."""

    target: Id


class ListedSession(_Body):
    """A session: one picture that takes colours, request after request."""

    id: str
    target: str
    revision: int = Field(description="The number of the last request; 0 without one.")
    ready: int = Field(description="The number of the last request whose result is there; 0 without one.")


class SessionOut(ListedSession):
    """A session with its last request."""

    request: dict[str, Any] | None = Field(description="The last request; null without one.")


class Accepted(_Body):
    """A request that is queued."""

    revision: int
    job: str
    unused_settings: dict[str, str] = Field(description="Settings that change nothing in this request, and why.")


class JobOut(_Body):
    """Something that the server computes."""

    id: str
    kind: Kind
    session: str
    revision: int
    state: State
    place: int = Field(description="The place in the queue, from 1 on; 0 if it does not wait.")
    progress: dict[str, Any] | None
    problem: dict[str, Any] | None
    result: dict[str, Any] | None


class RevisionOut(_Body):
    """A request of a session and what came out."""

    revision: int
    state: State
    job: str | None
    size: Size
    levels: int
    tile: int
    result: dict[str, Any] | None = Field(description="Once it is ready: fit, notes, contributions, sizes of the maps.")
    problem: dict[str, Any] | None


class NewDownload(_Body):
    """A result to be written as a file."""

    format: FormatName = "png"
    depth: Literal["source", "8", "16"] = Field("source", description="The bits of a channel. EXR has its own depth.")
    save_as: str | None = Field(
        None, min_length=1, max_length=1000, description="A new file below the served folder, in place of a link."
    )


class Link(_Body):
    """A link that holds for a short time, or the file that was written."""

    link: str | None
    expires: float | None
    name: str
    bytes: int
    notes: list[str]


class NewSweep(_Body):
    """Settings and the values that each of them takes."""

    values: dict[str, Annotated[list[JsonValue], Field(min_length=1, max_length=16)]] = Field(
        min_length=1, max_length=2
    )
    side: int = Field(480, ge=64, le=1024, description="The pixels of the longer side of each result.")


class NewSuggestions(_Body):
    """Pictures to be ranked as references."""

    candidates: list[Id] = Field(min_length=1, max_length=200)


class NewExplanation(_Body):
    """Places of the target, (x, y), to be explained."""

    points: list[Place] = Field(default_factory=list, max_length=20)
