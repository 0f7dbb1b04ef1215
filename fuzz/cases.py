"""A case is a seed and a few numbers; the same ones always give the same file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .mutate import mutate
from .seeds import Seed

_NASTY_SHARE = 0.25


@dataclass(frozen=True)
class Case:
    """What a file is made of: `name` says it in a form that `--seed` takes."""

    seed: Seed
    numbers: tuple[int, ...]

    @property
    def name(self) -> str:
        """The seed's name and the numbers."""
        return f"{self.seed.name}@{'.'.join(map(str, self.numbers))}"

    def data(self) -> bytes:
        """Return the bytes of the mutant: one round of mutations for each number."""
        data = self.seed.data
        for number in self.numbers:
            data = mutate(data, self.seed.kind, Random(number))
        return data

    def then(self, number: int) -> Case:
        """Return the case that goes on from here."""
        return Case(self.seed, (*self.numbers, number))

    def file_name(self) -> str:
        """Return a name with the seed's ending."""
        name = Path(self.seed.name)
        return "mutant" + ("".join(name.suffixes[-2:]) if name.suffix == ".gz" else name.suffix)


def case_of(number: int, seeds: Sequence[Seed]) -> Case:
    """Return the case of a number: a seed of ours three times out of four, else an odd one of another project."""
    random = Random(number)
    ours = [s for s in seeds if not s.name.startswith("nasty/")]
    others = [s for s in seeds if s.name.startswith("nasty/")] or ours
    return Case(random.choice(others if random.random() < _NASTY_SHARE else ours), (number,))


def named(name: str, seeds: Sequence[Seed]) -> Case:
    """Return the case of a name such as `odd.xlsx@123.456`, or of a number alone."""
    seed, _, numbers = name.rpartition("@")
    if not seed:
        return case_of(int(numbers), seeds)
    return Case(next(s for s in seeds if s.name == seed), tuple(int(n) for n in numbers.split(".") if n))
