"""Names for the kinds and shapes of arrays in signatures: ``Float32[np.ndarray, "h w 3"]``.

They are jaxtyping's for type checkers and in tests, which import it first. Elsewhere they stand for the array alone:
jaxtyping is no dependency, and loading it would cost a cold command 0.2 s.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Bool, Float, Float16, Float32, Float64, Int, Int16, Int32, Int64, UInt8, UInt16
else:

    class Float:
        """Any of them: without jaxtyping, shapes and kinds go unseen."""

        def __class_getitem__(cls, parts: tuple[Any, str]) -> Any:
            """Return the array type."""
            return parts[0]

    Bool = Float16 = Float32 = Float64 = Int = Int16 = Int32 = Int64 = UInt8 = UInt16 = Float

__all__ = ["Bool", "Float", "Float16", "Float32", "Float64", "Int", "Int16", "Int32", "Int64", "UInt8", "UInt16"]
