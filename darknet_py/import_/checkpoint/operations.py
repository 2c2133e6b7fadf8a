"""The operations of pickles of protocols 0 to 5, by their codes."""

from __future__ import annotations

import codecs
import pickle
import struct
from collections.abc import Callable
from typing import Any

from .faults import Malformed
from .machine import Machine

__all__ = ["load"]

Operation = Callable[[Machine], None]

STOP = pickle.STOP[0]
MOST_OPERATIONS = 5_000_000  # some twenty times those of YOLOv4-P7 with its optimizer
MOST_DIGITS = 2048  # of a whole number
U8, U16, U32, U64, I32, F64 = (struct.Struct(form) for form in ("<B", "<H", "<I", "<Q", "<i", ">d"))


def _text(data: bytes) -> str:
    """UTF-8; what Python 2 called a string may be anything."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _quoted(line: bytes) -> str:
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise Malformed("a text without quotes")
    return _text(_decoded(line[1:-1], "unicode_escape").encode("latin-1", "replace"))


def _decoded(line: bytes, codec: str) -> str:
    try:
        return codecs.decode(line, codec)
    except (UnicodeDecodeError, ValueError) as e:
        raise Malformed(f"a text that is none ({e})") from e


def _whole(line: bytes) -> int | bool:
    """``01`` and ``00`` are True and False of protocol 0."""
    if line in (b"00", b"01"):
        return line == b"01"
    digits = line.rstrip(b"L")
    if len(digits) > MOST_DIGITS:
        raise Malformed("a number that is too long")
    try:
        return int(digits)
    except ValueError as e:
        raise Malformed("a number that is none") from e


def _float(line: bytes) -> float:
    try:
        return float(line)
    except ValueError as e:
        raise Malformed("a number that is none") from e


def _long(data: bytes) -> int:
    if len(data) > MOST_DIGITS:
        raise Malformed("a number that is too long")
    return int.from_bytes(data, "little", signed=True)


def _place(line: bytes) -> int:
    return int(_whole(line))


def number(form: struct.Struct) -> Operation:
    return lambda m: m.push(m.number(form))


def counted(form: struct.Struct, make: Callable[[bytes], object]) -> Operation:
    """A value of as many bytes as the number before them says."""
    return lambda m: m.push(make(bytes(m.take(m.number(form)))))


def line(make: Callable[[bytes], object]) -> Operation:
    return lambda m: m.push(make(m.line()))


def constant(make: Callable[[], object]) -> Operation:
    return lambda m: m.push(make())


def of_marked(make: Callable[[Machine, list[object]], object]) -> Operation:
    """A value of all values since the last mark."""
    return lambda m: m.push(make(m, m.pop_mark()))


def last(count: int) -> Operation:
    return lambda m: m.push(tuple([m.pop() for _ in range(count)][::-1]))


def _global(m: Machine) -> None:
    module = _text(m.line())
    m.named(module, _text(m.line()))


def _stack_global(m: Machine) -> None:
    name = m.pop()
    m.named(m.pop(), name)


def _reduce(m: Machine) -> None:
    args = m.pop()
    m.push(m.call(m.pop(), args))


def _new(m: Machine) -> None:
    args = m.pop()
    m.new(m.pop(), args)


def _new_ex(m: Machine) -> None:
    m.pop()
    _new(m)


def _inst(m: Machine) -> None:
    args = tuple(m.pop_mark())
    _global(m)
    m.push(m.call(m.pop(), args))


def _obj(m: Machine) -> None:
    kind, *args = m.pop_mark() or [None]
    m.push(m.call(kind, tuple(args)))


def _append(m: Machine) -> None:
    value = m.pop()
    m.extend([value])


def _set_item(m: Machine) -> None:
    value = m.pop()
    m.set_items(m.pairs([m.pop(), value]))


def _add_items(m: Machine) -> None:
    values, target = m.pop_mark(), m.top()
    if not isinstance(target, set):
        raise Malformed(f"puts values into what is no set at byte {m.at}")
    target.update(m.set_of(values))


def _pop(m: Machine) -> None:
    if m.stack:
        m.pop()
    else:
        m.pop_mark()


def _missing(what: str) -> Operation:
    def refuse(m: Machine) -> None:
        raise Malformed(f"{what}, which stands outside of the file")

    return refuse


def _no_operation(m: Machine) -> None:
    """Buffers that are read-only stay so."""



def _check_protocol(number: int) -> None:
    if number > pickle.HIGHEST_PROTOCOL:
        raise Malformed(f"a pickle of protocol {number}")


def _skip(m: Machine, size: int) -> None:
    m.take(size)


def _ignore(values: list[object]) -> None:
    """They are dropped."""


_ALL: dict[bytes, Operation] = {
    pickle.PROTO: lambda m: _check_protocol(m.take(1)[0]), pickle.FRAME: lambda m: _skip(m, 8),
    pickle.NONE: constant(lambda: None), pickle.NEWTRUE: constant(lambda: True), pickle.NEWFALSE: constant(lambda: False),
    pickle.INT: line(_whole), pickle.LONG: line(_whole), pickle.FLOAT: line(_float),
    pickle.BININT: number(I32), pickle.BININT1: number(U8), pickle.BININT2: number(U16), pickle.BINFLOAT: number(F64),
    pickle.LONG1: counted(U8, _long), pickle.LONG4: counted(I32, _long),
    pickle.STRING: line(_quoted), pickle.BINSTRING: counted(I32, _text), pickle.SHORT_BINSTRING: counted(U8, _text),
    pickle.UNICODE: line(lambda text: _decoded(text, "raw_unicode_escape")), pickle.BINUNICODE: counted(U32, _text),
    pickle.SHORT_BINUNICODE: counted(U8, _text), pickle.BINUNICODE8: counted(U64, _text),
    pickle.BINBYTES: counted(U32, bytes), pickle.SHORT_BINBYTES: counted(U8, bytes), pickle.BINBYTES8: counted(U64, bytes),
    pickle.BYTEARRAY8: counted(U64, bytes),
    pickle.EMPTY_LIST: constant(list), pickle.EMPTY_DICT: constant(dict), pickle.EMPTY_SET: constant(set),
    pickle.EMPTY_TUPLE: constant(tuple), pickle.TUPLE1: last(1), pickle.TUPLE2: last(2), pickle.TUPLE3: last(3),
    pickle.LIST: of_marked(lambda m, values: values), pickle.TUPLE: of_marked(lambda m, values: tuple(values)),
    pickle.DICT: of_marked(lambda m, values: m.pairs(values)),
    pickle.FROZENSET: of_marked(lambda m, values: frozenset(m.set_of(values))),
    pickle.MARK: Machine.mark, pickle.POP: _pop, pickle.POP_MARK: lambda m: _ignore(m.pop_mark()),
    pickle.DUP: lambda m: m.push(m.top()),
    pickle.APPEND: _append, pickle.APPENDS: lambda m: m.extend(m.pop_mark()),
    pickle.SETITEM: _set_item, pickle.SETITEMS: lambda m: m.set_items(m.pairs(m.pop_mark())), pickle.ADDITEMS: _add_items,
    pickle.PUT: lambda m: m.put(_place(m.line())), pickle.BINPUT: lambda m: m.put(m.take(1)[0]),
    pickle.LONG_BINPUT: lambda m: m.put(m.number(U32)), pickle.MEMOIZE: lambda m: m.put(len(m.memo)),
    pickle.GET: lambda m: m.get(_place(m.line())), pickle.BINGET: lambda m: m.get(m.take(1)[0]),
    pickle.LONG_BINGET: lambda m: m.get(m.number(U32)),
    pickle.GLOBAL: _global, pickle.STACK_GLOBAL: _stack_global, pickle.REDUCE: _reduce,
    pickle.BUILD: lambda m: m.build(m.pop()), pickle.NEWOBJ: _new, pickle.NEWOBJ_EX: _new_ex, pickle.INST: _inst,
    pickle.OBJ: _obj, pickle.PERSID: lambda m: m.push(m.persistent(_text(m.line()))),
    pickle.BINPERSID: lambda m: m.push(m.persistent(m.pop())),
    pickle.EXT1: _missing("a class by its number"), pickle.EXT2: _missing("a class by its number"),
    pickle.EXT4: _missing("a class by its number"), pickle.NEXT_BUFFER: _missing("a buffer"),
    pickle.READONLY_BUFFER: _no_operation,
}  # fmt: skip

OPERATIONS = {code[0]: operation for code, operation in _ALL.items()}


def load(machine: Machine) -> Any:
    """The value of the pickle that begins where the machine is.  Raises Malformed, Refused, Unsupported."""
    for _ in range(MOST_OPERATIONS):
        code = machine.take(1)[0]
        if code == STOP:
            return machine.pop()
        if (operation := OPERATIONS.get(code)) is None:
            raise Malformed(f"byte {machine.at - 1} is no operation of a pickle")
        operation(machine)
    raise Malformed(f"more than {MOST_OPERATIONS} operations")
