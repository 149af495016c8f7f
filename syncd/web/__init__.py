"""The HTTP door: parse, call one flow, render. `create_app` is all that others need.

Decides nothing about appointments; statuses are assigned in `problems`, who may ask in `callers`.
"""

from syncd.web.app import create_app
from syncd.web.office import JwtTerms, Office

__all__ = ["JwtTerms", "Office", "create_app"]
