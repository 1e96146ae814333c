"""An explanation as one HTML page that needs no other file."""

import html
import json

from huegraft.report.drawing import as_data_address, as_image
from huegraft.report.explain import Explanation, Point
from huegraft.types import AnyPicture

_LARGEST_SIDE = 1200
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }}
  .row {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }}
  figure {{ margin: 0; flex: 1 1 22rem; max-width: 36rem; }}
  img {{ width: 100%; height: auto; display: block; }}
  td, th {{ padding: .15rem .8rem .15rem 0; text-align: left; }}
  .swatch {{ display: inline-block; width: 3rem; height: 1.1rem; vertical-align: middle; border: 1px solid #888; }}
  code {{ overflow-wrap: anywhere; }}
</style>
<h1>{title}</h1>
<div class="row">{figures}</div>
<h2>What chosen superpixels attend to</h2>
{points}
<h2>Settings</h2>
<code>{settings}</code>
</html>
"""


def explanation_page(explanation: Explanation, title: str) -> str:
    """Return one HTML page that holds all pictures itself."""
    figures = "".join(_figure(caption, picture) for caption, picture in explanation.pictures.values())
    points = "".join(_point_section(number, point) for number, point in enumerate(explanation.points, 1))
    settings = html.escape(json.dumps(explanation.result.settings.to_dict()))
    return _PAGE.format(title=html.escape(title), figures=figures, points=points, settings=settings)


def _figure(caption: str, picture: AnyPicture) -> str:
    image = as_image(picture)
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    address, text = as_data_address(image, "PNG"), html.escape(caption)
    return f'<figure><img src="{address}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def _point_section(number: int, point: Point) -> str:
    rows = "".join(
        f'<tr><td><span class="swatch" style="background: rgb({r:.0%} {g:.0%} {b:.0%})"></span></td>'
        f"<td>{index}</td><td>{weight:.4f}</td></tr>"
        for index, weight, (r, g, b) in point.best
    )
    return (
        f"<h3>{number}. Target superpixel {point.superpixel}, entropy {point.entropy:.3f}</h3>"
        f'<div class="row">{_figure("Where it lies", point.target_picture)}'
        f"{_figure('The reference, as bright as it is attended to', point.reference_picture)}"
        f"<table><tr><th>colour</th><th>reference superpixel</th><th>weight</th></tr>{rows}</table></div>"
    )
