"""The pages of hansa test --html in a browser: keys, focus, requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.reports.browser import CHROMIUM, browser_page
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

SQL = """select
    id,
    coalesce(customer, 'unknown') as customer,
    case when amount > 1000 then 1 end as amount
from raw.orders
where amount >= 0 and id <> 7
"""
FOCUS = "document.activeElement.getAttribute('aria-label')"
SHOWN = "document.getElementById('focused').textContent"
CURRENT = "[...document.querySelectorAll('.current')].map(one => one.textContent).join('|')"


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_keys_move_between_what_is_not_met(hansa: Hansa, tmp_path: Path) -> None:
    write_files(tmp_path / "orders", {**ORDERS, "models/staging/stg_orders.sql": SQL})
    hansa("test --html pages", "orders")
    pages = (tmp_path / "orders/pages").resolve()
    marks = [
        "case: arm 1 not met",
        "where: true met, false met, null not met",
        "where: true met, false not met",
    ]

    with browser_page(tmp_path / "profile") as page:
        page.open(pages / "model-stg_orders.html")
        assert page.evaluate("document.querySelector('.tools').hidden") is False
        forward = []
        for _ in range(4):
            page.press("n")
            forward.append(page.evaluate(FOCUS))
        assert forward == [*marks, marks[0]]
        assert page.evaluate(SHOWN) == marks[0]
        assert page.evaluate(CURRENT) == "when amount > 1000 then 1"
        page.press("p")
        assert page.evaluate(FOCUS) == marks[2]
        page.press("Escape")
        assert page.evaluate("document.getElementById('focused').hidden") is True
        page.evaluate("document.getElementById('keys').click()")
        page.press("n")
        assert page.evaluate(FOCUS) == marks[2]
        assert [Path(url).name for url in page.requests] == [
            "model-stg_orders.html",
            "coverage.css",
            "coverage.js",
        ]
        assert page.complaints == []
        assert page.evaluate("getComputedStyle(document.querySelector('.skip')).left") == "-1600px"
