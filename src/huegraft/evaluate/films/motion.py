"""Motion: how the frames of a clip move, and what lies along the motion."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from huegraft.shapes import Bool, Float, Float32

Flow = Float32[np.ndarray, "2 h w"]


class Motion(NamedTuple):
    """How a frame moves back to an earlier one.

    Attributes
    ----------
    flow : (2, h, w) float32
        How far, down and across, each pixel of the frame lies from its place in the earlier one.
    visible : (h, w) bool
        Where the earlier frame shows the same thing.
    """

    flow: Flow
    visible: Bool[np.ndarray, "h w"]


def back_flows(lumas: Sequence[Float32[np.ndarray, "h w"]]) -> list[Motion]:
    """Return the motion of each frame but the first, back to the one before it.

    The flow is that of OpenCV's DIS at its medium preset. A pixel is visible where the flows there and back agree:
    ‖w + w'‖² < 0.01 (‖w‖² + ‖w'‖²) + 0.5, and where it does not leave the frame.

    References
    ----------
    T. Kroeger et al. Fast optical flow using dense inverse search. ECCV 2016. arXiv:1603.03590
    N. Sundaram, T. Brox, K. Keutzer. Dense point trajectories by GPU-accelerated large displacement optical flow. ECCV
    2010. doi:10.1007/978-3-642-15549-9_32
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    codes = [np.rint(255 * luma.clip(0, 1)).astype(np.uint8) for luma in lumas]
    motions = list[Motion]()
    for before, after in pairwise(codes):
        back, forth = (_flow(search, *pair) for pair in ((after, before), (before, after)))
        returned = along(forth, back)
        strayed = np.square(back + returned).sum(axis=0)
        agrees = strayed < 0.01 * (np.square(back) + np.square(returned)).sum(axis=0) + 0.5
        motions.append(Motion(back, agrees & _inside(back)))
    return motions


def motions_of(flows: Sequence[Flow]) -> list[Motion]:
    """Return the motions of known flows, of which only what leaves the frame is not visible."""
    return [Motion(flow, _inside(flow)) for flow in flows]


def over(motions: Sequence[Motion]) -> Motion:
    """Return the motion over several frames, given that of each frame back to the one before it, the latest first."""
    flow, visible = motions[0]
    for step in motions[1:]:
        there = along(step.visible[None].astype(np.float32), flow)[0] > 0.5
        flow, visible = flow + along(step.flow, flow), visible & there
    return Motion(flow, visible & _inside(flow))


def along(values: Float[np.ndarray, "n h w"], flow: Flow) -> Float32[np.ndarray, "n h w"]:
    """Return values where a flow leads, read linearly between pixels."""
    places = np.indices(flow.shape[1:], dtype=np.float32) + flow
    return np.stack([map_coordinates(each, places, np.float32, order=1, mode="nearest") for each in values])


def _flow(search: cv2.DISOpticalFlow, one: np.ndarray, other: np.ndarray) -> Flow:
    """Return the flow from one picture to another one. OpenCV tells it across and down."""
    found = search.calc(one, other, None)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return np.ascontiguousarray(np.moveaxis(found, 2, 0)[::-1])


def _inside(flow: Flow) -> Bool[np.ndarray, "h w"]:
    height, width = flow.shape[1:]
    places = np.indices((height, width), dtype=np.float32) + flow
    last = np.array([height - 1, width - 1], np.float32)[:, None, None]
    return np.asarray(((places >= 0) & (places <= last)).all(axis=0))
