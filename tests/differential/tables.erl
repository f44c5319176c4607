%% SPDX-License-Identifier: Apache-2.0
%% tables.erl FILE.asn1db...: what asn1ct understood of a module, one line of JSON for each type:
%%
%%   {"type": NAME, "members": [MEMBER], VALUES}      members of SEQUENCE, SET and CHOICE
%%   MEMBER = {"name": NAME, "tag": "CONTEXT 0", "presence": "mandatory", VALUES}
%%   VALUES = "bounds": [LOW, HIGH], "names": {NAME: NUMBER}, as far as there are any
%%
%% presence is mandatory, optional or default; a CHOICE without a tag has none here either. Types that
%% a member only refers to have lines of their own.
-module(tables).
-mode(compile).
-export([main/1]).

main(Files) -> [module(File) || File <- Files].

module(File) ->
    {ok, Table} = ets:file2tab(File),
    [io:put_chars([object([{type, string(Name)}, {members, array(members(Definition))}
                           | values(Type)]), $\n])
     || {_, {typedef, _, _, Name, {type, _, Definition, _, _, _} = Type}} <- ets:tab2list(Table)].

members({Kind, _, _, _, Components}) when Kind =:= 'SEQUENCE'; Kind =:= 'SET' ->
    [member(Component) || Component <- root(Components)];
members({'CHOICE', Components}) -> [member(Component) || Component <- root(Components)];
members(_) -> [].

%% Without what stands behind the extension marker.
root({Components, _}) -> Components;
root({Components, _, More}) -> Components ++ More;
root(Components) -> [C || C <- Components, element(1, C) =:= 'ComponentType'].

member({'ComponentType', _, Name, Type, Presence, Tags, _}) ->
    object([{name, string(Name)}, {tag, tag(Tags)}, {presence, presence(Presence)} | values(Type)]).

tag([{Class, Number}]) -> string(io_lib:format("~s ~b", [Class, Number]));
tag(_) -> "null".

presence({'DEFAULT', _}) -> string("default");
presence('OPTIONAL') -> string("optional");
presence(_) -> string("mandatory").

values({type, _, Definition, Constraints, _, _}) -> bounds(Constraints) ++ names(Definition).

bounds([{Kind, {Low, High}} | _])
  when (Kind =:= 'SizeConstraint' orelse Kind =:= 'ValueRange'), is_integer(Low), is_integer(High) ->
    [{bounds, array([integer_to_list(Low), integer_to_list(High)])}];
bounds(_) -> [].

names({Kind, {Names, _}}) when is_list(Names) -> names({Kind, Names});
names({Kind, Names}) when Kind =:= 'BIT STRING'; Kind =:= 'INTEGER'; Kind =:= 'ENUMERATED' ->
    [{names, object([{Name, integer_to_list(Number)} || {Name, Number} <- Names])}];
names(_) -> [].

object(Members) ->
    ["{", lists:join(", ", [[string(Name), ": ", Value] || {Name, Value} <- Members]), "}"].

array(Items) -> ["[", lists:join(", ", Items), "]"].

string(Text) when is_atom(Text) -> string(atom_to_list(Text));
string(Text) -> ["\"", Text, "\""].
