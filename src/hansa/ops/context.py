"""What verbs know that work on a registry, inside a product directory or outside any."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hansa.ops.workspace import Workspace, users_registry
from hansa.registry.client import Registry
from hansa.registry.errors import UnknownProduct


@dataclass
class RegistryContext:
    """A registry, and the product in the directory when there is one."""

    directory: Path
    environ: Mapping[str, str]

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(self.directory, self.environ)

    @cached_property
    def registry(self) -> Registry:
        """The product's registry inside a product; HANSA_REGISTRY or the user's own elsewhere."""
        if (self.directory / "product.yaml").exists():
            return self.workspace.registry
        return users_registry(self.environ, self.directory)

    def product_name(self) -> str:
        """The name of the product in the directory; raises what loading raises."""
        return self.workspace.product.name

    def known_product(self, name: str) -> str:
        """The name, when the registry has releases of it; raises UnknownProduct."""
        if not self.registry.releases(name):
            raise UnknownProduct(name, self.registry.products(), self.registry.url)
        return name


def registry_for(directory: Path) -> RegistryContext:
    """The registry that a verb in that directory speaks to."""
    return RegistryContext(directory, dict(os.environ))
