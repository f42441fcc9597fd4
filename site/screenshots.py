"""Take the pictures of the page that stand in docs/: light, dark and on a phone.

python site/screenshots.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from browsing import chromium, served

# name -> (settings in the address, width, height, colours, what the pointer is on)
PICTURES = {
    "light": ("wx=0.2&wrec=1.5", 1440, 1330, "light", ".factor.slope"),
    "dark": (
        "lesson=vanishing&sequence=2&time_stamp=7&bars=symlog&walk=14",
        1600,
        1750,
        "dark",
        "",
    ),
    "compare": (
        "lesson=&view=compare&sequences=101100,111111&time_stamp=3",
        1440,
        1340,
        "light",
        ".factor.slope",
    ),
    "practise": (
        "lesson=&view=practise&time_stamp=2&hints=1&answer=2/m (S3 - y) Wrec d_log(S2(Out)) x2",
        1200,
        760,
        "light",
        "",
    ),
    "phone": ("optimizer=adam&step=25", 390, 1900, "light", ""),
}


def main(folder: str) -> None:
    with served() as address, chromium() as browser:
        for name, (settings, width, height, colours, under) in PICTURES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if colours == "dark" else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(f"{address}#{settings}")
            page.wait_for_selector("html[data-ready]")
            if "view" not in settings:
                page.wait_for_selector("[data-number=minimum-cost]")
            if under:
                page.hover(under)
            page.wait_for_timeout(300)
            path = Path(folder, f"{name}.png")
            page.screenshot(path=path)
            print(path)
            context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
