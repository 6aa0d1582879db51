"""The gallery: collections, faces, users and tags in sealed rows, and exact search over them."""

from recognizance.gallery.gallery import Gallery

__all__ = ["Gallery"]
