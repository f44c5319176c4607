%% SPDX-License-Identifier: Apache-2.0
%% oracle.erl SCRATCH MODULE...: decodes BER by what asn1ct makes of the Recommendations' modules.
%%
%% The modules' sources are in SCRATCH, where the compiled ones go. After "ready" each line of
%% standard input "TYPE HEX" is answered with one line of JSON: {"ok": VALUE} or {"error": TEXT}.
%% VALUE, canonical so that other decoders can be held against it:
%%
%%   SEQUENCE, SET       object by member names; CHOICE the same with one member
%%   SEQUENCE OF, SET OF array
%%   character string    array of character codes
%%   INTEGER, ENUMERATED number, or the value's name as a string
%%   BIT STRING          array of the names of bits that are one, {"bit": n} without a name; where
%%                       no bit has a name "x'..." or, for a broken octet, "b'..."
%%   OCTET STRING, ANY   "x'" and hexadecimal digits
%%   OBJECT IDENTIFIER   "2.6.1"
%%   BOOLEAN, NULL       "true", "false", "NULL"
-module(oracle).
-mode(compile).
-export([main/1]).

main([Scratch | Modules]) ->
    true = code:add_patha(Scratch),
    [compile(Scratch, Module) || Module <- Modules],
    ok = io:setopts([binary]),
    io:put_chars("ready\n"),
    answer().

compile(Scratch, Module) ->
    Source = filename:join(Scratch, Module),
    case asn1ct:compile(Source, [ber, maps, {outdir, Scratch}, {i, Scratch}]) of
        ok -> ok;
        Error -> io:format("~s: ~p~n", [Module, Error]), halt(1)
    end.

answer() ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            [Type, Hex] = binary:split(string:trim(Line, trailing, "\n"), <<" ">>),
            io:put_chars([decode(binary_to_atom(Type), unhex(Hex)), $\n]),
            answer()
    end.

decode(Type, Octets) ->
    try 'Oracle':decode(Type, Octets) of
        {ok, Value} -> ["{\"ok\": ", json(Value), "}"];
        {error, Reason} -> refusal(Reason)
    catch
        error:Reason -> refusal(Reason)
    end.

%% The innermost reason, and the functions that were at work: their names tell the types.
refusal({asn1, {Reason, [{_, _, _, _} | _] = Stack}}) -> refusal(Reason, Stack);
refusal(Reason) -> refusal(Reason, []).

refusal(Reason, Stack) ->
    Text = io_lib:format("~0P", [Reason, 16]),
    Where = [[" in ", atom_to_list(M), ":", atom_to_list(F)] || {M, F, _, _} <- Stack],
    ["{\"error\": ", string(lists:flatten([Text | Where])), "}"].

json(Map) when is_map(Map) -> object(maps:to_list(Map));
json({asn1_OPENTYPE, Octets}) -> json(Octets);
json({Name, Value}) when is_atom(Name) -> object([{Name, Value}]);
json(Tuple) when is_tuple(Tuple) ->
    ["\"", lists:join($., [integer_to_list(N) || N <- tuple_to_list(Tuple)]), "\""];
json(List) when is_list(List) -> ["[", lists:join(", ", [json(Item) || Item <- List]), "]"];
json(Number) when is_integer(Number) -> integer_to_list(Number);
json(Atom) when is_atom(Atom) -> string(atom_to_list(Atom));
json(Octets) when is_binary(Octets) -> ["\"x'", hex(Octets), "\""];
json(Bits) when is_bitstring(Bits) -> ["\"b'", [$0 + Bit || <<Bit:1>> <= Bits], "\""].

object(Members) ->
    ["{", lists:join(", ", [[string(atom_to_list(Name)), ": ", json(Value)]
                            || {Name, Value} <- Members]), "}"].

string(Text) -> ["\"", [escape(C) || C <- Text], "\""].

escape(C) when C == $"; C == $\\ -> [$\\, C];
escape(C) when C < 32; C > 126 -> io_lib:format("\\u~4.16.0b", [C band 16#ffff]);
escape(C) -> C.

hex(Octets) -> string:lowercase(binary:encode_hex(Octets)).

unhex(Hex) -> binary:decode_hex(Hex).
