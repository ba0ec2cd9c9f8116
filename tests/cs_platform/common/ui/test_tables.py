from __future__ import annotations

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from cs_platform.common.ui import tables


def page_at(address: str, **more: object) -> Context:
    return Context({"request": RequestFactory().get(address), **more})


def render(source: str, context: Context) -> str:
    return Template(source).render(context)


def test_a_column_sorts_ascending_at_first_and_descending_then() -> None:
    at_first = tables.sort_header(page_at("/?q=acme"), "name", "Account")
    sorted_already = tables.sort_header(page_at("/?sort=name"), "name", "Account")

    assert "?q=acme&amp;sort=name" in at_first
    assert "aria-sort" not in at_first
    assert 'aria-sort="ascending"' in sorted_already
    assert "?sort=-name" in sorted_already


def test_a_column_of_amounts_may_begin_with_the_highest() -> None:
    assert "?sort=-arr" in tables.sort_header(page_at("/"), "arr", "ARR", first="descending")


def test_the_order_of_a_list_is_shown_before_anybody_sorts() -> None:
    header = tables.sort_header(page_at("/"), "arr", "ARR", default="descending")

    assert 'aria-sort="descending"' in header
    assert "?sort=arr" in header


def test_sorting_and_filtering_begin_again_at_the_first_page() -> None:
    assert "page=" not in tables.sort_header(page_at("/?page=3"), "name", "Account")
    assert "page=" not in tables.filter_chip(page_at("/?page=3"), "At risk", "health", "yellow")


def test_a_filter_is_set_by_one_click_and_taken_away_by_the_next() -> None:
    off = tables.filter_chip(page_at("/?sort=name"), "At risk", "health", "yellow", 312)
    on = tables.filter_chip(page_at("/?sort=name&health=yellow"), "At risk", "health", "yellow")

    assert "?sort=name&amp;health=yellow" in off
    assert '<b class="num">312</b>' in off
    assert 'aria-current="true"' in on
    assert 'href="?sort=name"' in on


def test_the_chip_for_all_is_current_when_nothing_is_filtered() -> None:
    assert "aria-current" in tables.filter_chip(page_at("/"), "All", "health")
    assert "aria-current" not in tables.filter_chip(page_at("/?health=red"), "All", "health")


def test_what_people_type_is_escaped_in_links_and_fields() -> None:
    context = page_at("/", q="x")
    context["request"].GET = context["request"].GET.copy()
    context["request"].GET["q"] = '"><b>'

    assert "<b>" not in tables.filter_chip(context, "All", "health")
    assert "&quot;&gt;&lt;b&gt;" in render("{% search_box 'Find' %}", context)


def test_searching_keeps_the_other_filters() -> None:
    box = render("{% search_box 'Find an account' %}", page_at("/accounts/?q=acme&health=red&page=2"))

    assert 'name="health" value="red"' in box
    assert 'name="page"' not in box
    assert 'value="acme"' in box


def test_the_pager_says_where_we_are_and_keeps_the_query() -> None:
    pages = Paginator(range(54), 25)
    middle = render("{% pager page 'accounts' %}", page_at("/?q=acme&page=2", page=pages.page(2)))
    last = render("{% pager page %}", page_at("/?page=3", page=pages.page(3)))

    assert "26–50 of 54 accounts" in middle
    assert "?q=acme&amp;page=1" in middle
    assert "?q=acme&amp;page=3" in middle
    assert 'disabled aria-label="Next page"' in last


@pytest.mark.parametrize(("rows", "said"), [(1, ">1 account<"), (14, ">14 accounts<")])
def test_a_list_of_one_page_says_how_many_and_offers_no_pages(rows: int, said: str) -> None:
    only = render("{% pager page 'accounts' %}", page_at("/", page=Paginator(range(rows), 25).page(1)))

    assert said in only
    assert "Next page" not in only


def test_links_of_a_list_replace_that_list_alone() -> None:
    assert "target:#people " in tables.filter_chip(page_at("/", list_id="people"), "All", "health")


def test_a_tab_is_current_on_its_own_page() -> None:
    assert 'aria-current="page"' in tables.tab(page_at("/accounts/7/"), "Overview", "/accounts/7/")
    assert "aria-current" not in tables.tab(page_at("/accounts/7/"), "Contacts", "/accounts/7/contacts/", 14)


def test_the_last_crumb_is_no_link() -> None:
    assert tables.crumb("Accounts", "/accounts/") == '<li><a href="/accounts/">Accounts</a></li>'
    assert tables.crumb("<Acme>") == "<li><span>&lt;Acme&gt;</span></li>"


STAGES = [("onboarding", "Onboarding"), ("adoption", "Adoption")]
MENU = '{% filter_menu "Stage" "stage" stages %}'


def test_a_filter_menu_says_what_is_chosen_and_offers_to_choose_anything_again() -> None:
    menu = render(MENU, page_at("/?stage=adoption&q=acme&page=3", stages=STAGES))

    assert "Stage: Adoption" in menu
    assert 'href="?q=acme"' in menu
    assert 'href="?stage=onboarding&amp;q=acme"' in menu
    assert menu.count('aria-current="true"') == 2


def test_a_filter_menu_without_a_choice_shows_its_name_alone() -> None:
    menu = render(MENU, page_at("/?stage=no-such", stages=STAGES))

    assert "Stage:" not in menu
