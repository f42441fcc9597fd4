"""Lessons to begin with: settings that show something, and what to look at."""

from __future__ import annotations

from typing import NamedTuple


class Preset(NamedTuple):
    """A lesson; what it does not set is the post's."""

    name: str
    title: str
    says: str
    settings: dict[str, str]


PRESETS = (
    Preset(
        "post",
        "The post",
        "Two weights, logistic states, the last state without activation. Drag the point on the "
        "cost surface: no pair of weights counts all three sequences.",
        {},
    ),
    Preset(
        "part1",
        "Part 1: no activation",
        "The script of part 1: no activation, and a smaller rate for Wrec. Play: the weights go "
        "down a valley to 1 and 1, where it counts exactly, at any length. That takes 30,000 "
        "updates of the script, or 500 of Rprop.",
        {
            "activation": "identity",
            "sequences": "100,110,111",
            "targets": "1,2,3",
            "rate": "0.02,0.0006",
            "speed": "100",
            "reach": "2",
        },
    ),
    Preset(
        "part2",
        "Part 2's script",
        "The script of part 2: its labels count zeros, not ones, so that its weights learn the "
        "opposite. It takes 15,000 small updates; with a rate of 0.1 a hundred lead there.",
        {
            "sequences": "000,001,011",
            "targets": "3,2,1",
            "wx": "0.47143516373249306",
            "wrec": "-1.1909756947064645",
            "rate": "0.001",
            "optimizer": "sgd",
            "speed": "100",
        },
    ),
    Preset(
        "vanishing",
        "Vanishing gradient",
        "Ten time stamps, each box at most 1/4: next to nothing of the error arrives at the "
        "first. Put the bars on the logarithmic scale, then change the activation.",
        {"sequences": "1011001110,0000000001,1111111111", "time_stamp": "1", "wrec": "1.5"},
    ),
    Preset(
        "exploding",
        "Exploding gradient",
        "No activation and Wrec = 1.8: on its way back through ten time stamps the error grows by "
        "1.8 at each. At a rate of 0.000001 training still works; ten times more, and it explodes.",
        {
            "sequences": "1011001110,0000000001,1111111111",
            "activation": "identity",
            "wx": "1",
            "wrec": "1.8",
            "rate": "0.000001",
            "time_stamp": "1",
            "reach": "2",
        },
    ),
    Preset(
        "limit",
        "What two weights cannot do",
        "The lowest cost that search finds on the post's data, 0.492001, is where training ends; "
        "one of three is right there. Some weights count two, none all three.",
        {"wx": "0.9240061470930223", "wrec": "1.417447050703571", "optimizer": "rprop"},
    ),
)
