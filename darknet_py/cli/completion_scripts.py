"""The scripts by which shells complete the command; each looks at the words before the cursor, and starts no program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .completing import Command, Offer, Option, commands, first_words

__all__ = ["SHELLS"]

BASH = """# bash: eval "$(darknet_py completion bash)"
_darknet_py() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} name= words= flags= paths= i
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] && continue
        name=${name:+$name }${COMP_WORDS[i]}
        case $name in @FAMILIES@) ;; *) break ;; esac
    done
    case $name in
@NAMES@
    esac
    case "$name ${prev/#--/-}" in
@VALUES@
    *) [[ $cur == -* ]] && { words=$flags paths=; [[ $cur == --* ]] && words=${flags//-/--}; } ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    [[ $paths ]] || return 0
    compopt -o filenames 2> /dev/null
    local path
    while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$paths" -- "$cur")
}
complete -F _darknet_py darknet_py
"""
ZSH = """#compdef darknet_py
# zsh, after compinit: eval "$(darknet_py completion zsh)"
_darknet_py() {
    local name= prev=${words[CURRENT-1]} i
    local -a offered flags
    local paths=
    for ((i = 2; i < CURRENT; i++)); do
        [[ ${words[i]} == -* ]] && continue
        name=${name:+$name }${words[i]}
        case $name in @FAMILIES@) ;; *) break ;; esac
    done
    case $name in
@NAMES@
    esac
    [[ $PREFIX == -*=* ]] && { prev=${PREFIX%%=*}; compset -P '*=' }
    case "$name ${prev/#--/-}" in
@VALUES@
    *) if [[ $PREFIX == -* ]]; then
        [[ $PREFIX == --* ]] && flags=(-$^flags)
        _describe -o flag flags
        return
    fi ;;
    esac
    (( $#offered )) && _describe word offered
    case $paths in
    -f) _files ;;
    -d) _files -/ ;;
    esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
if [[ ${funcstack[1]} == _darknet_py ]]; then _darknet_py "$@"; else compdef _darknet_py darknet_py; fi
"""
FISH = """# fish: darknet_py completion fish > ~/.config/fish/completions/darknet_py.fish
function __darknet_py_is --description 'whether these words are the command so far'
    set -l words
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        set -a words $word
        contains -- "$words" @FAMILIES@; or break
    end
    test "$words" = "$argv"
end
complete -c darknet_py -f
@LINES@
"""
FLAGS_OF_PATHS = {"": "", "files": "-f", "folders": "-d"}


def _bash() -> str:
    names = [_bash_case(before, " ".join(words)) for before, words in first_words().items()]
    names += [_bash_case(one.name, " ".join(one.arguments.words), one) for one in commands()]
    values = [f"    {_pattern(one, same)}) {_bash_offer(same[0].value)} ;;" for one, same in _alike()]
    return _filled(BASH, FAMILIES=" | ".join(_before()), NAMES="\n".join(names), VALUES="\n".join(values))


def _bash_case(name: str, words: str, command: Command | None = None) -> str:
    flags = " ".join(f"-{option.name}" for option in command.options) if command else "-help"
    paths = FLAGS_OF_PATHS[command.arguments.paths] if command else ""
    return f"    '{name}') words='{words}' flags='{flags}' paths={paths} ;;"


def _bash_offer(offer: Offer | None) -> str:
    words, paths = (offer.words, offer.paths) if offer else ((), "")
    return f"words='{' '.join(words)}' paths={FLAGS_OF_PATHS[paths]}"


def _zsh() -> str:
    names = [f"    '{before}') offered=({_described(words)}) ;;" for before, words in first_words().items()]
    for one in commands():
        options = _described({f"-{option.name}": option.help for option in one.options})
        names.append(f"    '{one.name}') {_zsh_offer(one.arguments)} flags=({options}) ;;")
    values = [f"    {_pattern(one, same)}) {_zsh_offer(same[0].value)} ;;" for one, same in _alike()]
    return _filled(ZSH, FAMILIES=" | ".join(_before()), NAMES="\n".join(names), VALUES="\n".join(values))


def _zsh_offer(offer: Offer | None) -> str:
    words, paths = (offer.words, offer.paths) if offer else ((), "")
    return f"offered=({' '.join(map(_quoted, words))}) paths={FLAGS_OF_PATHS[paths]}"


def _described(words: Mapping[str, str]) -> str:
    return " ".join(_quoted(f"{word}:{text}") for word, text in words.items())


def _fish() -> str:
    lines = [
        f"complete -c darknet_py -n {_quoted(f'__darknet_py_is {before}'.strip())} -a {_quoted(word)} -d {_quoted(text)}"
        for before, words in first_words().items() for word, text in words.items()
    ]  # fmt: skip
    for one in commands():
        condition = f"complete -c darknet_py -n {_quoted(f'__darknet_py_is {one.name}')}"
        lines.append(f"{condition}{_fish_offer(one.arguments)}")
        for option in one.options:
            names = f"-o {option.name} -l {option.name} -d {_quoted(option.help)}"
            lines.append(f"{condition} {names}{' -r' + _fish_offer(option.value) if option.value else ''}")
    return _filled(FISH, FAMILIES=" ".join(_before()), LINES="\n".join(lines))


def _fish_offer(offer: Offer) -> str:
    folders = ("(__fish_complete_directories)",) if offer.paths == "folders" else ()
    words = " ".join((*offer.words, *folders))
    return (f" -a {_quoted(words)}" if words else "") + (" -F" if offer.paths == "files" else "")


def _alike() -> Iterable[tuple[Command, list[Option]]]:
    """Flags with a value, together where a command has several of the same."""
    for one in commands():
        kinds: dict[Offer, list[Option]] = {}
        for option in one.options:
            if option.value is not None:
                kinds.setdefault(option.value, []).append(option)
        yield from ((one, same) for same in kinds.values())


def _pattern(command: Command, options: list[Option]) -> str:
    return " | ".join(f"'{command.name} -{option.name}'" for option in options)


def _before() -> list[str]:
    """Words that are not a whole command yet."""
    return [_quoted(words) for words in first_words() if words]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "’") + "'"


def _filled(template: str, **parts: str) -> str:
    for name, text in parts.items():
        template = template.replace(f"@{name}@", text)
    return template


SHELLS: dict[str, Callable[[], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
