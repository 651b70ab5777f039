"""What the metadata in pyproject.toml cannot say: the modules that are compiled.

Without a C compiler, or with WSGATE_NO_EXTENSIONS=1, wsgate is installed in plain Python: all or
nothing, since compiled modules know one another's insides.
"""

import os
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

PACKAGES = ("websocket", "http1", "asgi", "net")
"""What a message or a request goes through: a call from one module to the next costs little only
where both are compiled."""

PLAIN = {
    "wsgate/websocket/close_codes.py",  # an IntEnum
    "wsgate/websocket/errors.py",  # exceptions: made where something went wrong
    "wsgate/http1/errors.py",
    "wsgate/http1/parsers.py",  # a choice that is made once, as all that follows
    "wsgate/asgi/call_counter.py",
    "wsgate/asgi/interface.py",
    "wsgate/asgi/lifespan.py",
    "wsgate/asgi/restart.py",
    "wsgate/net/certificates.py",
    "wsgate/net/drain.py",
    "wsgate/net/inherited.py",
    "wsgate/net/listener.py",
    "wsgate/net/memory.py",
    "wsgate/net/peer_certificate.py",
    "wsgate/net/proxy_protocol.py",
    "wsgate/net/sockets.py",
    "wsgate/net/systemd.py",
    "wsgate/net/trimmer.py",
    "wsgate/net/unix_sockets.py",
}

COMPILED = sorted(
    str(module)
    for package in PACKAGES
    for module in Path("wsgate", package).glob("*.py")
    if module.name != "__init__.py" and module.as_posix() not in PLAIN
)

MYPY_OPTIONS = (
    # The same verdict and the same code wherever it is compiled: `make types` is the strict one.
    "--config-file=",
    "--no-site-packages",
    "--ignore-missing-imports",
)


IN_C = [
    Extension(
        f"wsgate.websocket.{name}",
        [f"wsgate/websocket/{name}.c"],
        extra_compile_args=["-O3", "-g0"],
    )
    for name in ("_masking", "_octets")
]


class AllOrNothing(build_ext):
    """Build all extensions, or say in a warning why none could be, and leave none."""

    def run(self) -> None:
        """Translate the modules to C, when it is certain that they are to be built, and compile."""
        try:
            self.distribution.ext_modules.extend(translated())
            self.swig_opts = None  # which is a list by now, and read as a text
            self.finalize_options()  # again: takes in what has been added
            super().run()
        except (Exception, SystemExit) as error:  # SystemExit: mypyc does not like a module
            self.warn(f"wsgate is installed in plain Python, which is slower: {error}")
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions = self.distribution.ext_modules = []
            # It was asked before this, and would name a platform that plain modules do not need.
            self.get_finalized_command("bdist_wheel").root_is_pure = True


def translated() -> list[Extension]:
    """Give what mypyc makes of the modules."""
    from mypyc.build import mypycify

    modules = mypycify([*MYPY_OPTIONS, *COMPILED], group_name="wsgate._compiled", debug_level="0")
    for module in modules:  # a compiler to come may warn of something
        module.extra_compile_args = [f for f in module.extra_compile_args if f != "-Werror"]
    return modules


if os.environ.get("WSGATE_NO_EXTENSIONS"):
    setup()
else:
    setup(
        ext_modules=IN_C,
        cmdclass={"build_ext": AllOrNothing},
        setup_requires=["mypy~=2.4.1"],  # it brings mypyc; who builds plain modules need not wait
    )
