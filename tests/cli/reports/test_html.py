"""hansa test --html: what the pages hold, whatever the data holds."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.cli.app import run

EVIL_NAME = '"><img src=x onerror=alert(1)> \x07'
EVIL_SQL = """-- </script><b>bold</b> & é 漢
select
\tid,
    coalesce(customer, 'unknown') as customer,
    amount,
    case when amount > 1
              and customer <> '</td></table><script>alert(1)</script>' then 1 end as c
from raw.orders
where amount >= 0\r
"""
TESTS = f"""unit_tests:
  - name: {EVIL_NAME.replace(chr(7), chr(92) + "a").replace('"', chr(92) + '"').join('""')}
    model: fct_orders
    given:
      - input: raw.orders
        rows: [{{id: 1, customer: ada, amount: 100}}, {{id: 2, amount: 50}}]
    expect:
      rows: [{{id: 1, customer: ada}}, {{id: 2, customer: unknown}}]
"""


FILES = {**ORDERS, "models/staging/stg_orders.sql": EVIL_SQL, "tests/orders.yaml": TESTS}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a product with hostile texts, to be read only."""
    orders = write_files(tmp_path_factory.mktemp("read") / "orders", FILES)
    assert run(["test", "-C", str(orders), "--html", str(orders / "pages")]) == 0
    return orders / "pages"


@pytest.fixture
def own_pages(hansa: Hansa, tmp_path: Path) -> Path:
    """The same for one test, which may change the product."""
    orders = write_files(tmp_path / "orders", FILES)
    result = hansa("test --html pages", "orders")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("wrote coverage pages to pages/index.html\n")
    return orders / "pages"


def parse(path: Path) -> html.HtmlElement:
    return html.document_fromstring(path.read_bytes().decode("utf-8"))


def text_of(cell: html.HtmlElement) -> str:
    """The SQL of a line, without the signs of its marks."""
    return "".join(cell.xpath(".//text()[not(ancestor::a)]"))


def test_the_sql_is_there_character_by_character(pages: Path) -> None:
    page = parse(pages / "model-stg_orders.html")

    lines = [text_of(cell) for cell in page.xpath("//table[@class='sql']/tbody//code")]

    assert lines == EVIL_SQL.replace("\r", "").rstrip("\n").split("\n")


def test_each_obligation_is_marked_on_its_characters(pages: Path) -> None:
    page = parse(pages / "model-stg_orders.html")

    marks = {
        mark.get("aria-label"): "|".join(
            piece.text_content()
            for piece in page.xpath(
                f"//span[contains(concat(' ', @data-marks, ' '), ' {mark.get('data-mark')} ')]"
            )
        )
        for mark in page.xpath("//a[contains(@class, 'mark')]")
    }

    assert marks == {
        "coalesce: argument 1 met, argument 2 met": "coalesce(customer, 'unknown')",
        "case: arm 1 met": "when amount > 1|and customer <> "
        "'</td></table><script>alert(1)</script>' then 1",
        "case: else met": "end",
        "where: true met, false not met, null not met": "amount >= 0",
    }


def test_nothing_of_the_data_becomes_markup(pages: Path) -> None:
    allowed = {"coverage.js"}
    for path in sorted(pages.glob("*.html")):
        page = parse(path)
        assert page.xpath("//img | //b | //iframe | //style | //@style") == []
        scripts = page.xpath("//script")
        assert {script.get("src") for script in scripts} <= allowed
        assert [script.text for script in scripts if script.text] == []
        assert [name for name in page.xpath("//@*") if str(name.attrname).startswith("on")] == []
    shown = EVIL_NAME.replace("\x07", "␇")
    assert shown in parse(pages / "index.html").xpath("string(//*[@id='tests']/..)")
    assert shown in parse(pages / "model-stg_orders.html").xpath(
        "string(//*[@id='obligations']/..)"
    )


def test_a_browser_asks_no_other_host_for_anything(pages: Path) -> None:
    for path in sorted(pages.iterdir()):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|url\(|@import|\bfetch\(|XMLHttp|innerHTML", text), path
    for path in sorted(pages.glob("*.html")):
        page = parse(path)
        policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert policy == "default-src 'none'; style-src 'self'; script-src 'self'"
        for target in page.xpath("//@href | //@src"):
            file, _, anchor = target.partition("#")
            assert not file or (pages / file).is_file()
            assert not anchor or (file or page.xpath(f"//*[@id='{anchor}']"))


def test_pages_can_be_used_without_eyes_and_mouse(pages: Path) -> None:
    for path in sorted(pages.glob("*.html")):
        page = parse(path)
        assert page.get("lang") == "en"
        assert len(page.xpath("//title")) == len(page.xpath("//h1")) == len(page.xpath("//main"))
        levels = [int(tag.tag[1]) for tag in page.xpath("//h1 | //h2 | //h3")]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        first = page.xpath("//body//a")[0]
        assert (first.get("class"), first.get("href")) == ("skip", "#main")
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        for label in page.xpath("//@aria-labelledby"):
            assert page.xpath(f"string(//*[@id='{label}'])")
        for table in page.xpath("//table"):
            assert table.xpath("./thead//th")
            assert not table.xpath(".//th[not(@scope)]")
        assert all(link.text_content().strip() or link.get("aria-label") for link in page.iter("a"))


def test_the_three_statuses_differ_without_colour(pages: Path) -> None:
    css = (pages / "coverage.css").read_text(encoding="utf-8")
    page = parse(pages / "model-stg_orders.html")

    assert "text-decoration-style: wavy" in css
    assert "text-decoration-style: dotted" in css
    signs = [mark.text_content() for mark in page.xpath("//a[contains(@class, 'mark')]")]
    assert signs == ["✓", "✓", "✓", "✗1/3"]
    statuses = page.xpath("//table[@class='obligations']//td[@class='status']")
    assert [" ".join(one.text_content().split()) for one in statuses] == [
        "✓ met",
        "✓ met",
        "✓ met",
        "✓ met",
        "✓ met",
        "✗ not met",
        "✗ not met",
    ]


def test_pages_of_models_that_are_gone_go_too(
    hansa: Hansa, tmp_path: Path, own_pages: Path
) -> None:
    (own_pages / "model-mine.html").write_text("kept", encoding="utf-8")
    (own_pages / ".gitignore").write_text("mine", encoding="utf-8")
    orders = own_pages.parent
    (orders / "models/staging/stg_orders.sql").rename(orders / "models/staging/Größe.sql")
    model = orders / "models/fct_orders.sql"
    text = model.read_text(encoding="utf-8").replace("stg_orders", '"Größe"')
    model.write_text(text, encoding="utf-8")

    assert hansa("test --html pages", "orders").code == 0

    names = sorted(path.name for path in own_pages.glob("*.html"))
    assert names[0] == "index.html"
    assert re.fullmatch(r"model-gr--e-[0-9a-f]{8}\.html", names[2])
    assert [names[1], *names[3:]] == ["model-fct_orders.html", "model-mine.html"]
    assert (own_pages / ".gitignore").read_text(encoding="utf-8") == "mine"
    assert parse(own_pages / names[2]).xpath("string(//h1)") == "Größe"


def test_a_product_without_tests_has_pages(hansa: Hansa, tmp_path: Path) -> None:
    files = {name: text for name, text in ORDERS.items() if not name.startswith("tests/")}
    write_files(tmp_path / "orders", {**files, "models/one.sql": "select 1 as one"})

    assert hansa("test --html pages", "orders").code == 0

    index = parse(tmp_path / "orders/pages/index.html")
    assert "No test ran." in index.text_content()
    alone = parse(tmp_path / "orders/pages/model-one.html")
    assert "Nothing in this SQL can have more than one outcome." in alone.text_content()


def test_new_lines_are_marked_where_a_change_is_asked_for(hansa: Hansa, own_pages: Path) -> None:
    orders = own_pages.parent
    assert hansa("publish", "orders").code == 0
    model = orders / "models/staging/stg_orders.sql"
    text = model.read_text(encoding="utf-8").replace("amount >= 0", "amount >= 1\nand id <> 9")
    model.write_text(text, encoding="utf-8")

    assert hansa("test --html pages --since orders@1.0.0", "orders").code == 0

    page = parse(own_pages / "model-stg_orders.html")
    rows = page.xpath("//table[@class='sql']/tbody/tr[td[@class='plus']/span]/th")
    assert [row.text_content() for row in rows] == ["9", "10"]
    figures = parse(own_pages / "index.html").xpath("//dl/div[dt='met of the change']/dd")
    assert [" ".join(one.text_content().split()) for one in figures] == [
        "40%",
        "2 of 5, new or changed since orders@1.0.0",
    ]
    same = parse(own_pages / "model-fct_orders.html")
    assert same.xpath("//*[contains(@class, 'plus')] | //dt[.='met of the change']") == []
