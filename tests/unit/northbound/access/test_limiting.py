import pytest

from vtnmd.northbound.access.limiting import Buckets, Guesses, Recent, network_of


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    recent = Recent[int](2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c"), len(recent)) == (1, None, 3, 2)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_clients_are_known_by_what_they_cannot_choose(client: str, network: str) -> None:
    assert network_of(client) == network


def test_a_bucket_is_emptied_and_fills_again() -> None:
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 0.0) == 0
    assert buckets.take("a", 0.25) == 0.25
    assert buckets.take("a", 0.5) == 0
    assert buckets.take("a", 0.5) == 0.5
    assert [buckets.take("a", 100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("a", 50.0) == 0.5


def test_pauses_begin_after_some_failures_and_double() -> None:
    guesses = Guesses()
    pauses = []
    now = 0.0
    for _ in range(6):
        guesses.failed("ann", "c", now, allowed=2)
        pauses.append(guesses.pause("ann", "c", now))
        now += pauses[-1]
    assert pauses == [0, 0, 1, 2, 4, 8]
    for _ in range(20):
        guesses.failed("ann", "c", now, allowed=2)
    assert guesses.pause("ann", "c", now) == guesses.longest


def test_a_client_is_held_up_whoever_it_guesses_and_a_user_wherever_guesses_come_from() -> None:
    guesses = Guesses()
    for number in range(3):
        guesses.failed(f"user-{number}", "c", 0.0, allowed=2)
        guesses.failed("ann", f"client-{number}", 0.0, allowed=2)
    assert guesses.pause("anybody", "c", 0.0) == 1
    assert guesses.pause("ann", "elsewhere", 0.0) == 1
    assert guesses.pause("anybody", "elsewhere", 0.0) == 0


def test_the_right_password_ends_it() -> None:
    guesses = Guesses()
    for _ in range(3):
        guesses.failed("ann", "c", 0.0, allowed=2)
    guesses.succeeded("ann", "c")
    assert guesses.pause("ann", "c", 0.0) == 0
    assert guesses.pause("ann", "elsewhere", 0.0) == 0


def test_nobody_locks_out_a_user_from_where_he_has_logged_in() -> None:
    guesses = Guesses()
    guesses.succeeded("ann", "home")
    for number in range(9):
        guesses.failed("ann", f"client-{number}", 0.0, allowed=2)
    assert guesses.pause("ann", "home", 0.0) == 0
    assert guesses.pause("ann", "elsewhere", 0.0) > 0
    guesses.succeeded("ann", "home")
    assert guesses.pause("ann", "elsewhere", 0.0) > 0
    for _ in range(3):
        guesses.failed("bob", "home", 0.0, allowed=2)
    assert guesses.pause("bob", "home", 0.0) == 1
    assert guesses.pause("ann", "home", 0.0) == 0
    for _ in range(3):
        guesses.failed("ann", "home", 0.0, allowed=2)
    assert guesses.pause("ann", "home", 0.0) == 1


def test_a_remembered_password_makes_a_client_known_and_ends_no_pause_there() -> None:
    guesses = Guesses()
    guesses.shown("ann", "home")
    for _ in range(3):
        guesses.failed("ann", "elsewhere", 0.0, allowed=2)
        guesses.failed("ann", "home", 0.0, allowed=3)
    assert guesses.pause("ann", "home", 0.0) == 0
    guesses.shown("ann", "home")
    guesses.failed("ann", "home", 0.0, allowed=3)
    assert guesses.pause("ann", "home", 0.0) == 1
