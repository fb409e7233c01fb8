"""Whether a speaker's name is a woman's or a man's, where that is as good as certain; most names say nothing.

The names are common in the US Social Security Administration's baby names of 1930 to 2013 (public domain), at least
99.4 % of one sex. Those of the other sex elsewhere (Andrea, Jean, Nicola), surnames and words are left out.
"""

from __future__ import annotations

import re

from dubber.model import Gender

_WOMEN = """
abigail alexandra alice alicia alyssa amanda amelia amy anita ann anna anne annette annie ava barbara beth betty
brenda brianna carla caroline carolyn carrie cassandra catherine cathy charlene cheryl chloe christina christine cindy
colleen cynthia danielle darlene deanna debbie deborah debra denise diana diane donna dorothy eileen elaine eleanor
elizabeth ella ellen emily emma erica erika eva gabrielle geraldine gina gloria hailey haley hannah heidi helen holly
irene isabella jacqueline jane janet janice jasmine jeanette jeanne jenna jennifer jessica jill joann joanne josephine
juanita judith judy julia julie kaitlyn katelyn katherine kathleen kathryn kathy katie kayla kimberly kristina laura
leah lillian linda lisa loretta lori lorraine lydia madeline marcia margaret marilyn marjorie marlene martha mary
maureen melanie melinda melissa mia michelle mildred molly monica nancy natalie nicole norma olivia pamela patricia
paula peggy phyllis rachel rebecca regina rhonda rita roberta rosemary ruth sabrina sally samantha sandra sara sarah
sharon sheila sherry sophia stephanie sue susan suzanne sylvia tamara tammy tara teresa theresa tina valerie vanessa
veronica vicki wanda wendy yvonne
woman mother mom mum aunt sister daughter wife queen princess lady mrs ms miss madame
"""
_MEN = """
abraham adam alan albert alfred andres andrew anthony benjamin bernard bob brad brendan brent bruce carl cesar chad
charles christopher colton damian dan daniel danny darren david dennis diego donald edgar eduardo edward edwin elijah
ethan fred frederick gary gerald greg gregory harold harry hector henry herbert ian isaac isaiah ivan jack jacob jake
james jared javier jeff jeffery jeffrey jeremiah jim john johnathan jonathan jorge joseph josiah kaleb keith kenneth
kevin larry leo leonard liam luis luke marcus mathew matthew michael miguel mike nathan nathaniel neil nicholas
nicolas noah oliver omar oscar patrick paul pedro peter philip phillip ralph randall raul raymond ricardo richard
robert rodney roger ronald samuel sebastian sergio seth stephen steve steven theodore thomas tim timothy tom victor
vincent walter william zachary
man father dad uncle brother son husband king prince mr sir monsieur
"""
_GENDERS: dict[str, Gender] = {
    **dict.fromkeys(_WOMEN.split(), "female"),
    **dict.fromkeys(_MEN.split(), "male"),
}


def gender_of(name: str) -> Gender:
    """The gender that the first word of a speaker's name tells ("ANNA SMITH", "Mrs. Smith", "Man 2"); "" where it tells
    none, or where the name speaks of several people ("Anna's father", "Anna and Tom")."""
    words = name.casefold().split()
    if not words or not re.fullmatch(r"[\w .#-]+", name) or "and" in words:
        return ""
    return _GENDERS.get(re.split(r"[\W\d_]", words[0])[0], "")
