"""The methods that huegraft is measured against, behind one interface. Each method has a file of its own."""

from collections.abc import Mapping

from huegraft import color
from huegraft.evaluate.methods import pitie, ruderman
from huegraft.evaluate.methods.histogram import histogram_matching
from huegraft.evaluate.methods.interface import Method, MethodResult, Peer
from huegraft.evaluate.methods.monge_kantorovitch import monge_kantorovitch_lab, monge_kantorovitch_rgb
from huegraft.evaluate.methods.pitie import pdf_transfer
from huegraft.evaluate.methods.plain import Truth, greyed, noise, unchanged
from huegraft.evaluate.methods.regression import lightness_regression
from huegraft.evaluate.methods.reinhard import reinhard
from huegraft.evaluate.methods.sct import superpixel_color_transfer
from huegraft.evaluate.methods.transport import optimal_transport
from huegraft.evaluate.methods.welsh import welsh
from huegraft.settings import Mode
from huegraft.stages import fuse, pool, segment, slic

__all__ = ["PEERS", "Method", "MethodResult"]

_BOTH: tuple[Mode, ...] = ("transfer", "colorize")
PEERS: Mapping[str, Method] = {
    "truth": Truth(),
    "do nothing": Peer(unchanged, _BOTH),
    "grey": Peer(greyed, modules=(color,)),
    "noise": Peer(noise, _BOTH),
    "Reinhard 2001": Peer(reinhard, modules=(ruderman,)),
    "Monge-Kantorovitch RGB": Peer(monge_kantorovitch_rgb),
    "Monge-Kantorovitch Lab": Peer(monge_kantorovitch_lab, modules=(color,)),
    "Pitie 2007": Peer(pdf_transfer, packages=("scipy",)),
    "histogram matching": Peer(histogram_matching, packages=("scikit-image",)),
    "optimal transport": Peer(optimal_transport, packages=("POT",)),
    "Giraud 2017": Peer(
        superpixel_color_transfer, modules=(pitie, fuse, pool, segment, slic), packages=("scikit-image", "scipy")
    ),
    "Welsh 2002": Peer(welsh, ("colorize",), modules=(ruderman,), packages=("scipy",)),
    "lightness regression": Peer(lightness_regression, ("colorize",), modules=(color,), packages=("scipy",)),
}
"""Peers and sanity rows by their names. In colourisation "do nothing" leaves the target grey."""
