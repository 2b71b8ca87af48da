"""What extensions of the library build on."""

from covector.extend import core
