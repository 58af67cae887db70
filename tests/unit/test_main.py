"""Ctrl-C ends the command line with 130 and without a traceback, whenever it comes."""

import pytest

from vtnmd import __main__
from vtnmd.cli import app
from vtnmd.usecases import services


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_before_the_command_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "main", _interrupted)
    assert __main__.main() == 130


def test_an_interrupt_within_a_command_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(services, "validate", _interrupted)
    assert app.main(["validate", "service.yaml"]) == 130
    assert "error[VTN-U004]: interrupted" in capsys.readouterr().err
