"""A file becomes sheets of text cells, and sheets become tables whose columns are understood."""

from .files import Unreadable, read_file, read_folder
from .profile import Profile, ProfileError, load_profile, save_profile
from .sheet import Found, Heading, Sheet
from .understand import understand

__all__ = [
    "Found",
    "Heading",
    "Profile",
    "ProfileError",
    "Sheet",
    "Unreadable",
    "load_profile",
    "read_file",
    "read_folder",
    "save_profile",
    "understand",
]
