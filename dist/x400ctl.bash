# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# bash completion for x400ctl. Commands, options and what they take come from its own help, names of
# objects, items and connectors from the MTA if it answers.

# Last values of the DNs of a class's objects; blanks become hyphens, which x400ctl reads as blanks.
_x400ctl_names() { # [CLASS]
    "${_x400ctl[@]}" --json show ${1:+--class "$1"} 2>/dev/null |
        sed -n 's|^ *"/[^"]*=\([^"=]*\)": {.*|\1|p' | tr ' ' '-'
}

# What stands for a placeholder of the help, one word a line.
_x400ctl_values() { # PLACEHOLDER DOC
    case $1 in
    CONNECTOR*) _x400ctl_names connector ;;
    MAILBOX) _x400ctl_names mailbox ;;
    NAME) _x400ctl_names ;;
    CLASS) printf '%s\n' organization site mta-defaults server stack connector mailbox ;;
    ENTRY) printf '%s\n' first last ;;
    ITEM) "${_x400ctl[@]}" --json queue list 2>/dev/null | sed -n 's/^ *"item": \([0-9]*\).*/\1/p' ;;
    PRIORITY | KIND | LEVEL | STATE) # "report wanted: none, non-delivery (default) or delivery"
        sed 's/.*: //; s/ ([^)]*)//g; s/, /\n/g; s/ or /\n/g' <<<"$2" ;;
    esac
}

_x400ctl_reply() { # PLACEHOLDER DOC CURRENT
    if [[ $1 == FILE || $1 == PATH ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$3")
    else
        mapfile -t COMPREPLY < <(compgen -W "$(_x400ctl_values "$1" "$2")" -- "$3")
    fi
}

_x400ctl_complete() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local -a words=() usage=() _x400ctl=("${COMP_WORDS[0]}")
    local commands word help line i command taken=1

    commands=$("${_x400ctl[@]}" --help 2>/dev/null |
        sed -n '/^commands:/,/^$/s/^  \([a-z]* \{0,1\}[a-z]*\).*/\1/p' | sed 's/ *$//')
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        [[ $word == --socket ]] && _x400ctl+=(--socket "${COMP_WORDS[i + 1]}")
        [[ $word == -* || ${COMP_WORDS[i - 1]} == --socket ]] || words+=("$word")
    done
    COMPREPLY=()
    command=${words[0]-}
    if grep -qxF -- "$command ${words[1]-}" <<<"$commands"; then
        command+=" ${words[1]}"
        taken=2
    elif ! grep -qxF -- "$command" <<<"$commands"; then
        if [[ -z $command ]]; then
            word=$(cut -d ' ' -f 1 <<<"$commands" | sort -u)
        else
            word=$(sed -n "s/^$command //p" <<<"$commands")
        fi
        [[ $current == -* ]] && word='--socket --json --help --version'
        mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
        return
    fi
    # shellcheck disable=SC2086 # a command may be two words
    help=$("${_x400ctl[@]}" $command --help 2>/dev/null)
    if [[ $previous == --* ]]; then
        line=$(grep -e "^  $previous [A-Z]" <<<"$help")
        if [[ -n $line ]]; then
            read -r _ word line <<<"$line"
            _x400ctl_reply "$word" "$line" "$current"
            return
        fi
    fi
    if [[ $current == -* ]]; then
        word=$(sed -n 's/^  \(--[a-z-]*\).*/\1/p' <<<"$help")
        mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
        return
    fi
    # The placeholder of this argument; the last one may stand for many.
    read -r -a usage < <(sed "1!d; s/^usage: x400ctl $command *//; s/\[options\]//; s/[].[]//g" \
        <<<"$help")
    i=$((${#words[@]} - taken))
    ((${#usage[@]} > 0 && i >= ${#usage[@]})) && i=$((${#usage[@]} - 1))
    _x400ctl_reply "${usage[i]-}" '' "$current"
}
complete -F _x400ctl_complete x400ctl
