"""What every driver must do, whatever endpoint it speaks to (vtnmd.southbound.ports)."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.contract.rig import Known, Rig, Trouble, apply, look
from vtnmd.domain.address import Address
from vtnmd.domain.reverse import taking_back
from vtnmd.southbound.ports import Busy, EndpointError, InDoubt, Observed, Rejected, Unreachable

pytestmark = pytest.mark.anyio

HOSTILE = [
    "plain",
    "ünïcödé 漢字 🚀",
    "\"quoted\" 'twice' `thrice`",
    '"}],"input":{"x":"',
    "</description><x/>&amp;<![CDATA[",
    "{{ 7*7 }} {% raw %} ${HOME} $(id)",
    "a, b: c # d - e",
    "!!python/object:os.system",
    "line one\nline two\ttabbed",
    " blanks around ",
    "null",
    "0x1f",
    "x" * 200,
]


def differs(seen: Mapping[Address, Observed]) -> set[str]:
    return {path for observed in seen.values() for path in observed.differences}


def held(seen: Mapping[Address, Observed]) -> bool:
    return all(observed.present for observed in seen.values()) and not differs(seen)


async def test_what_was_applied_is_read(rig: Rig) -> None:
    known = Known()
    for step in (rig.parent, rig.child):
        assert not held(await look(rig.driver, step, known))
        await apply(rig.driver, step, known)
        assert held(await look(rig.driver, step, known))


async def test_applying_twice_changes_nothing(rig: Rig) -> None:
    known = Known()
    for step in (rig.parent, rig.child, rig.parent, rig.child, rig.child):
        await apply(rig.driver, step, known)
    assert held(await look(rig.driver, rig.parent, known))
    assert held(await look(rig.driver, rig.child, known))


async def test_applying_twice_gives_the_same_attributes(rig: Rig) -> None:
    known = Known()
    await apply(rig.driver, rig.parent, known)
    first = await apply(rig.driver, rig.child, known)
    assert await apply(rig.driver, rig.child, known) == first


async def test_a_changed_property_is_changed_in_place(rig: Rig) -> None:
    known = Known()
    await apply(rig.driver, rig.parent, known)
    await apply(rig.driver, rig.child, known)
    assert differs(await look(rig.driver, rig.parent_changed, known))
    await apply(rig.driver, rig.parent_changed, known)
    assert held(await look(rig.driver, rig.parent_changed, known))
    assert held(await look(rig.driver, rig.child, known))


async def test_removing_twice_is_fine(rig: Rig) -> None:
    known = Known()
    for step in (rig.parent, rig.child, rig.child_gone, rig.child_gone, rig.parent_gone, rig.parent_gone):
        await apply(rig.driver, step, known)
    for step in (rig.child_gone, rig.parent_gone):
        assert not any(observed.present for observed in (await look(rig.driver, step, known)).values())


async def test_removing_one_thing_leaves_the_other(rig: Rig) -> None:
    known = Known()
    for step in (rig.parent, rig.child, rig.child_gone):
        await apply(rig.driver, step, known)
    assert held(await look(rig.driver, rig.parent, known))


async def test_what_is_absent_is_no_error(rig: Rig) -> None:
    for step in (rig.parent, rig.child, rig.parent_gone):
        seen = await look(rig.driver, step, Known())
        assert seen.keys() == step.reads.keys()
        assert not any(observed.present for observed in seen.values())


async def test_drift_is_seen_by_field(rig: Rig) -> None:
    known = Known()
    await apply(rig.driver, rig.parent, known)
    field = await rig.tamper()
    (observed,) = (await look(rig.driver, rig.parent, known)).values()
    assert observed.present
    assert set(observed.differences) == {field}
    expected, found = observed.differences[field]
    assert expected != found
    await apply(rig.driver, rig.parent, known)
    assert held(await look(rig.driver, rig.parent, known))


async def test_only_what_nobody_knows_is_a_stranger(rig: Rig) -> None:
    known = Known()
    assert await rig.driver.strangers(list(rig.parent.reads.values()), [], known) == ()
    for step in (rig.parent, rig.child):
        await apply(rig.driver, step, known)
    everything = [*rig.parent.reads.values(), *rig.child.reads.values()]
    assert await rig.driver.strangers(everything, everything, known) == ()
    intruder = await rig.intrude()
    assert await rig.driver.strangers(everything, everything, known) == (intruder,)
    assert await rig.driver.strangers(list(rig.parent.reads.values()), everything, known) == (intruder,)
    assert await rig.driver.strangers([], everything, known) == ()


async def test_what_is_not_known_to_be_there_is_a_stranger(rig: Rig) -> None:
    known = Known()
    await apply(rig.driver, rig.parent, known)
    (stranger,) = await rig.driver.strangers(list(rig.parent.reads.values()), [], known)
    assert stranger.name
    assert stranger.kind


async def test_a_conflict_is_refused_for_good(rig: Rig) -> None:
    known = Known()
    await apply(rig.driver, rig.parent, known)
    await apply(rig.driver, rig.child, known)
    with pytest.raises(Rejected) as refusal:
        await rig.driver.apply(rig.rival.request, known)
    assert refusal.value.diagnostic.code == rig.rival_code
    assert refusal.value.diagnostic.detail
    assert refusal.value.diagnostic.hint
    assert held(await look(rig.driver, rig.child, known))


async def test_what_needs_something_absent_is_refused(rig: Rig) -> None:
    with pytest.raises(Rejected) as refusal:
        await rig.driver.apply(rig.child.request, Known())
    assert refusal.value.diagnostic.hint


async def test_undo_takes_a_request_back(rig: Rig) -> None:
    known = Known()
    await apply(rig.driver, rig.parent, known)
    await apply(rig.driver, rig.parent_changed, known)
    await rig.driver.apply(taking_back(rig.parent_changed.request), known)
    assert held(await look(rig.driver, rig.parent, known))
    await apply(rig.driver, rig.child, known)
    await rig.driver.apply(taking_back(rig.child.request), known)
    await rig.driver.apply(taking_back(rig.child.request), known)
    assert not held(await look(rig.driver, rig.child, known))
    await rig.driver.apply(taking_back(rig.parent.request), known)
    assert not held(await look(rig.driver, rig.parent, known))


@pytest.mark.parametrize("text", HOSTILE)
async def test_text_comes_back_as_it_went(rig: Rig, text: str) -> None:
    known = Known()
    step = rig.named(text)
    await apply(rig.driver, step, known)
    assert held(await look(rig.driver, step, known))
    assert not held(await look(rig.driver, rig.named(text + "."), known))


async def test_requests_at_the_same_time(rig: Rig) -> None:
    known = Known()
    steps = rig.several(8)
    await asyncio.gather(*(apply(rig.driver, step, known) for step in steps))
    seen = await rig.driver.read({address: read for step in steps for address, read in step.reads.items()}, known)
    assert len(seen) == sum(len(step.reads) for step in steps)
    assert held(seen)


async def test_hello_tells_what_it_is(rig: Rig) -> None:
    line = await rig.driver.hello()
    assert line
    assert "\n" not in line


async def test_a_wrong_password_is_refused(rig: Rig) -> None:
    stranger = rig.stranger()
    for call in (stranger.hello(), stranger.apply(rig.parent.request, Known()), stranger.read(rig.parent.reads, Known())):
        with pytest.raises(Rejected) as refusal:
            await call
        assert refusal.value.diagnostic.hint
        assert "wrong" not in str(refusal.value.diagnostic.to_json())
    await stranger.aclose()
    assert not held(await look(rig.driver, rig.parent, Known()))


async def test_an_endpoint_that_does_not_prove_itself_gets_nothing(rig: Rig) -> None:
    doubter = rig.doubter()
    if doubter is None:
        pytest.skip("the endpoint of this rig has nothing to prove itself with")
    for call in (doubter.hello(), doubter.apply(rig.parent.request, Known())):
        with pytest.raises(Unreachable) as failure:
            await call
        assert failure.value.diagnostic.hint
    await doubter.aclose()
    assert not held(await look(rig.driver, rig.parent, Known()))


async def within(rig: Rig, trouble: Trouble) -> EndpointError:
    """Apply `parent` under trouble, end it, and give the error."""
    if trouble not in rig.troubles:
        pytest.skip(f"the endpoint of this rig cannot be {trouble}")
    await rig.cause(trouble)
    with pytest.raises(EndpointError) as failure:
        await rig.driver.apply(rig.parent.request, Known())
    await rig.cause(None)
    assert failure.value.diagnostic.summary
    return failure.value


async def test_down_is_unreachable(rig: Rig) -> None:
    assert isinstance(await within(rig, Trouble.DOWN), Unreachable)


async def test_broken_is_busy(rig: Rig) -> None:
    assert isinstance(await within(rig, Trouble.BROKEN), Busy)


@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.LATE])
async def test_silence_ends(rig: Rig, trouble: Trouble) -> None:
    assert isinstance(await within(rig, trouble), Unreachable | InDoubt)


@pytest.mark.parametrize("trouble", [Trouble.GARBAGE, Trouble.HALF, Trouble.DROPPED])
async def test_an_answer_that_is_lost_leaves_doubt(rig: Rig, trouble: Trouble) -> None:
    assert isinstance(await within(rig, trouble), InDoubt | Unreachable)


async def test_success_that_is_none_is_found_out(rig: Rig) -> None:
    """By reading back: making, changing and removing something."""
    if Trouble.LYING not in rig.troubles:
        pytest.skip("the endpoint of this rig does not lie")
    known = Known()
    for step, before in ((rig.parent, None), (rig.parent_changed, rig.parent), (rig.parent_gone, rig.parent)):
        if before is not None:
            await apply(rig.driver, before, known)
        await rig.cause(Trouble.LYING)
        with pytest.raises(EndpointError) as failure:
            await rig.driver.apply(step.request, known)
        await rig.cause(None)
        assert failure.value.diagnostic.code in {"VTN-E102", "VTN-E104", "VTN-E206", "VTN-E310", "VTN-E504"}
        assert before is None or held(await look(rig.driver, before, known))


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_after_trouble_the_same_request_goes_through(rig: Rig, trouble: Trouble) -> None:
    await within(rig, trouble)
    known = Known()
    await apply(rig.driver, rig.parent, known)
    await apply(rig.driver, rig.child, known)
    assert held(await look(rig.driver, rig.parent, known))
    assert held(await look(rig.driver, rig.child, known))


@pytest.mark.parametrize("trouble", [trouble for trouble in Trouble if trouble is not Trouble.LYING])
async def test_reading_in_trouble_leaves_no_doubt(rig: Rig, trouble: Trouble) -> None:
    if trouble not in rig.troubles:
        pytest.skip(f"the endpoint of this rig cannot be {trouble}")
    await rig.cause(trouble)
    with pytest.raises((Unreachable, Busy)):
        await look(rig.driver, rig.parent, Known())
    await rig.cause(None)
    assert not held(await look(rig.driver, rig.parent, Known()))


async def test_a_cancelled_request_ends_at_once(rig: Rig) -> None:
    if Trouble.SILENT not in rig.troubles:
        pytest.skip("the endpoint of this rig cannot be silent")
    await rig.cause(Trouble.SILENT)
    applying = asyncio.create_task(rig.driver.apply(rig.parent.request, Known()))
    await asyncio.sleep(0.05)
    applying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await applying
    await rig.cause(None)
    await apply(rig.driver, rig.parent, Known())


async def test_closing_twice_and_using_again(rig: Rig) -> None:
    await rig.driver.hello()
    await rig.driver.aclose()
    await rig.driver.aclose()


async def test_errors_name_the_endpoint_and_the_resource(rig: Rig) -> None:
    await apply(rig.driver, rig.parent, known := Known())
    await apply(rig.driver, rig.child, known)
    with pytest.raises(Rejected) as refusal:
        await rig.driver.apply(rig.rival.request, known)
    diagnostic = refusal.value.diagnostic
    assert diagnostic.address in {str(address) for address in rig.rival.request.changes}
    assert rig.rival.request.endpoint.partition("/")[2] in diagnostic.summary
