"""A file becomes sheets of text cells, and sheets become tables whose columns are understood."""

from .explaining import ColumnRead, SheetRead, explain
from .files import Unreadable, read_file, read_folder, tables_in
from .options import AS_IT_IS, Options
from .profile import Profile, ProfileError
from .profile_file import load_profile, named_profile, profiles_in, save_profile, shipped_names, shipped_profile
from .sheet import Found, Heading, Sheet
from .understand import understand

__all__ = [
    "AS_IT_IS",
    "ColumnRead",
    "Found",
    "Heading",
    "Options",
    "Profile",
    "ProfileError",
    "Sheet",
    "SheetRead",
    "Unreadable",
    "explain",
    "load_profile",
    "named_profile",
    "profiles_in",
    "read_file",
    "read_folder",
    "save_profile",
    "shipped_names",
    "shipped_profile",
    "tables_in",
    "understand",
]
