"""Flight spoken by hand: protobuf messages as bytes, and every call of the service as bare bytes over gRPC.

Clients such as pyarrow and ADBC say only what they mean to say. Half of Flight SQL has no API in them, and none of
them sends what is wrong."""

import struct

import grpc
import pyarrow as pa
import pyarrow.flight as flight

SERVICE = "/arrow.flight.protocol.FlightService/"
SQL = "type.googleapis.com/arrow.flight.protocol.sql."
# As large as what the server sends may be.
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]


# Protobuf.


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def pb(fields):
    """A message of `{number: value}`; a list is a repeated field, None an absent one, a float a double."""
    out = b""
    for number, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            if value is None:
                continue
            if isinstance(value, int):
                out += varint(number << 3) + varint(value)
            elif isinstance(value, float):
                out += varint(number << 3 | 1) + struct.pack("<d", value)
            else:
                value = value.encode() if isinstance(value, str) else bytes(value)
                out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def fixed(number, value):
    """A field of eight bytes, as session options carry whole numbers."""
    return varint(number << 3 | 1) + struct.pack("<q", value)


def fields(message):
    """What a message holds: `{number: [values]}`, integers unsigned, the rest as bytes."""
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = number()
        kind = key & 7
        if kind == 0:
            value = number()
        else:
            length = {1: 8, 2: None, 5: 4}[kind]
            length = number() if length is None else length
            value = message[at : at + length]
            assert len(value) == length, "a message ends within a field"
            at += length
        found.setdefault(key >> 3, []).append(value)
    return found


def one(message, number, default=b""):
    """The one value of a field."""
    return fields(message).get(number, [default])[-1]


def signed(number):
    return number - (1 << 64) if number >= 1 << 63 else number


def double(value):
    return struct.unpack("<d", value)[0]


def any_of(name, body=b""):
    """A message of Flight SQL in its `Any`."""
    return pb({1: SQL + name, 2: body})


def packed(numbers):
    return b"".join(map(varint, numbers))


def of_any(message, name):
    """The message of that name in an `Any`."""
    assert one(message, 1).decode() == SQL + name
    return one(message, 2)


# Descriptors and commands.


def cmd(name, body=None):
    """The descriptor of a command whose message is `{number: value}`."""
    return pb({1: 2, 2: any_of(name, pb(body or {}))})


def path(*parts):
    return pb({1: 1, 3: list(parts)})


def statement(sql, transaction=None):
    return cmd("CommandStatementQuery", {1: sql, 2: transaction})


def update(sql, transaction=None):
    return cmd("CommandStatementUpdate", {1: sql, 2: transaction})


MISSING = {"unspecified": 0, "create": 1, "fail": 2}
EXISTS = {"unspecified": 0, "fail": 1, "append": 2, "replace": 3}


def ingest(table, missing="create", exists="append", schema=None, catalog=None, temporary=None, transaction=None):
    options = pb({1: MISSING[missing], 2: EXISTS[exists]})
    body = {1: options, 2: table, 3: schema, 4: catalog, 5: temporary, 6: transaction}
    return cmd("CommandStatementIngest", body)


# Arrow messages.


def frames(data):
    """The messages of a table, batch or reader as pairs of header and body, the schema first."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, data.schema) as writer:
        for batch in data.to_batches() if isinstance(data, pa.Table) else [data] if isinstance(data, pa.RecordBatch) else data:
            writer.write_batch(batch)
    reader = pa.ipc.MessageReader.open_stream(sink.getvalue())
    found = []
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return found
        body = message.body.to_pybytes() if message.body is not None else b""
        found.append((message.metadata.to_pybytes(), body))


def flight_data(header=b"", body=b"", descriptor=None, app_metadata=None):
    return pb({1: descriptor, 2: header, 3: app_metadata, 1000: body})


def stream_of(descriptor, data):
    """What a client puts for a descriptor: messages, the first of which says what it is about."""
    for number, (header, body) in enumerate(frames(data) if not isinstance(data, list) else data):
        yield flight_data(header, body, descriptor if number == 0 else None)


def schema_of(message):
    """The schema in the bytes that Flight keeps it in."""
    return pa.ipc.read_schema(pa.py_buffer(message))


class Refused(Exception):
    """A status other than OK, with what its details say."""

    def __init__(self, error):
        self.status = error.code().name
        self.message = error.details() or ""
        trailers = dict(error.trailing_metadata() or ())
        self.code, self.more, self.domain = None, {}, None
        if details := trailers.get("grpc-status-details-bin"):
            self.whole = fields(details)
            for detail in self.whole.get(3, []):
                assert one(detail, 1) == b"type.googleapis.com/google.rpc.ErrorInfo"
                info = one(detail, 2)
                self.code, self.domain = one(info, 1).decode(), one(info, 2).decode()
                self.more = {one(pair, 1).decode(): one(pair, 2).decode() for pair in fields(info).get(3, [])}
        super().__init__(f"{self.status} {self.code}: {self.message[:1000]}")


class Wire:
    """The ten calls, in bytes; each returns what came and keeps the metadata that came with it."""

    def __init__(self, server, **metadata):
        host, port = server.address
        self.address = f"{host}:{port}"
        self.metadata = {name.replace("_", "-"): value for name, value in metadata.items()}
        self.initial = {}
        self.channel = grpc.insecure_channel(self.address, options=OPTIONS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def start(self, name, request, kind, timeout=60, **metadata):
        """The call as grpcio gives it, for those who read or cancel it themselves."""
        headers = {**self.metadata, **{name.replace("_", "-"): value for name, value in metadata.items()}}
        call = getattr(self.channel, kind)(SERVICE + name)
        if kind == "unary_unary":
            return call.future(request, timeout=timeout, metadata=tuple(headers.items()))
        return call(request, timeout=timeout, metadata=tuple(headers.items()))

    def one(self, name, request, **more):
        call = self.start(name, request, "unary_unary", **more)
        try:
            answer = call.result()
            self.initial = dict(call.initial_metadata())
            return answer
        except grpc.RpcError as error:
            raise Refused(error) from None

    def many(self, name, request, kind="unary_stream", **more):
        call = self.start(name, request, kind, **more)
        try:
            answers = list(call)
            self.initial = dict(call.initial_metadata())
            return answers
        except grpc.RpcError as error:
            raise Refused(error) from None

    def handshake(self, payload=b"", **more):
        return [one(reply, 2) for reply in self.many("Handshake", iter([pb({1: 0, 2: payload})]), "stream_stream", **more)]

    def list_flights(self, criterion=b"", **more):
        return [flight.FlightInfo.deserialize(info) for info in self.many("ListFlights", pb({1: criterion}), **more)]

    def info(self, descriptor, **more):
        return flight.FlightInfo.deserialize(self.one("GetFlightInfo", descriptor, **more))

    def poll(self, descriptor, **more):
        """A poll's answer: the flight, the descriptor to ask with next, and how far it is."""
        answer = fields(self.one("PollFlightInfo", descriptor, **more))
        info = flight.FlightInfo.deserialize(answer[1][0]) if 1 in answer else None
        progress = double(answer[3][0]) if 3 in answer else None
        return info, answer.get(2, [None])[0], progress

    def schema(self, descriptor, **more):
        return schema_of(one(self.one("GetSchema", descriptor, **more), 1))

    def get(self, ticket, **more):
        """The rows behind a ticket."""
        ticket = ticket.ticket if isinstance(ticket, flight.Ticket) else ticket
        sink = pa.BufferOutputStream()
        for message in self.many("DoGet", pb({1: ticket}), **more):
            header, body = one(message, 2), one(message, 1000)
            padding = -len(header) % 8
            sink.write(struct.pack("<Ii", 0xFFFFFFFF, len(header) + padding) + header + bytes(padding) + body + bytes(-len(body) % 8))
        return pa.ipc.open_stream(sink.getvalue()).read_all()

    def rows(self, descriptor, **more):
        """The rows of a flight: all of its endpoints."""
        info = self.info(descriptor, **more)
        return pa.concat_tables([self.get(endpoint.ticket, **more) for endpoint in info.endpoints])

    def put(self, descriptor, data=None, **more):
        """What the server answers to what is put, a message each."""
        data = [flight_data(descriptor=descriptor)] if data is None else stream_of(descriptor, data)
        return [one(answer, 1) for answer in self.many("DoPut", iter(data), "stream_stream", **more)]

    def put_count(self, descriptor, data=None, **more):
        """Rows touched by an update or an ingest."""
        [answer] = self.put(descriptor, data, **more)
        return signed(one(answer, 1, 0))

    def action(self, name, body=b"", **more):
        return [one(reply, 1) for reply in self.many("DoAction", pb({1: name, 2: body}), **more)]

    def list_actions(self, **more):
        replies = self.many("ListActions", b"", **more)
        return {one(reply, 1).decode(): one(reply, 2).decode() for reply in replies}

    def prepare(self, sql, transaction=None, **more):
        """A prepared statement: handle, columns, parameters, whether it updates."""
        request = any_of("ActionCreatePreparedStatementRequest", pb({1: sql, 2: transaction}))
        [reply] = self.action("CreatePreparedStatement", request, **more)
        made = fields(of_any(reply, "ActionCreatePreparedStatementResult"))
        schema = lambda number: schema_of(made[number][0]) if made.get(number, [b""])[0] else None  # noqa: E731
        return made[1][0], schema(2), schema(3), bool(made.get(4, [0])[0])

    def close(self, handle, **more):
        return self.action("ClosePreparedStatement", any_of("ActionClosePreparedStatementRequest", pb({1: handle})), **more)

    def cancel(self, info, **more):
        """Ends a flight; 1 is cancelled, 3 not cancellable."""
        [reply] = self.action("CancelFlightInfo", pb({1: info.serialize()}), **more)
        return one(reply, 1, 0)

    def renew(self, endpoint, **more):
        [reply] = self.action("RenewFlightEndpoint", pb({1: endpoint.serialize()}), **more)
        return flight.FlightEndpoint.deserialize(reply)

    def set_options(self, options, **more):
        """Sets session options; why some were not: 1 invalid name, 2 invalid value."""
        entries = [pb({1: name, 2: option(value)}) for name, value in options.items()]
        [reply] = self.action("SetSessionOptions", pb({1: entries}), **more)
        return {one(pair, 1).decode(): one(one(pair, 2), 1, 0) for pair in fields(reply).get(1, [])}

    def options(self, **more):
        [reply] = self.action("GetSessionOptions", b"", **more)
        return {one(pair, 1).decode(): one(one(pair, 2), 1).decode() for pair in fields(reply).get(1, [])}

    def close_session(self, **more):
        [reply] = self.action("CloseSession", b"", **more)
        return one(reply, 1, 0)


def option(value):
    """A session option's value; None resets it."""
    if isinstance(value, bool):
        return pb({2: value})
    if isinstance(value, int):
        return fixed(3, value)
    if isinstance(value, list):
        return pb({5: pb({1: value})})
    return pb({4 if isinstance(value, float) else 1: value})
