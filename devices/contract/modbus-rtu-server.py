"""Modbus boards on a serial line, answered by pymodbus: what others make of the specification. For tests.

Run by modbus-rtu-server.ts as: /usr/bin/python3 modbus-rtu-server.py
Takes a command a line on stdin, as JSON, and prints {"done": true} after each. Besides, it prints {"unit", "coil", "closed"} for
every coil that changes, and {"refused"} for every frame whose sum is wrong. Ends when stdin closes.
Exit status: 3 pymodbus is missing, with one line on stderr.
"""
import asyncio
import json
import logging
import os
import sys

try:
    import serial_asyncio  # noqa: F401
    from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
    from pymodbus.server.async_io import ModbusSerialServer, ModbusSingleRequestHandler
    from pymodbus.transaction import ModbusRtuFramer
except ImportError as error:
    print(f"pymodbus is missing ({error}): apt install python3-pymodbus python3-serial-asyncio", file=sys.stderr)
    sys.exit(3)

UNITS = (1, 2)
COILS = 8
INPUTS = 16
BAUD = 9600
WRITE_COIL = 5


def tell(what):
    print(json.dumps(what), flush=True)


class Coils(ModbusSequentialDataBlock):
    def __init__(self, unit):
        super().__init__(0, [False] * COILS)
        self.unit = unit

    def setValues(self, address, values):
        before = list(self.values)
        super().setValues(address, values)
        for coil, (old, new) in enumerate(zip(before, self.values)):
            if old != new:
                tell({"unit": self.unit, "coil": coil, "closed": new})


class Framer(ModbusRtuFramer):
    def checkFrame(self):
        is_right = super().checkFrame()
        if not is_right:
            tell({"refused": self._buffer.hex()})
        return is_right


class Faults:
    """The fault in force: {"kind", "requests"}, of orders alone where it says "orders"."""

    fault = None

    def take(self, function_code):
        fault = self.fault
        if fault is None or (fault["orders"] and function_code != WRITE_COIL):
            return {"kind": None}
        fault["requests"] -= 1
        if fault["requests"] == 0:
            self.fault = None
        return fault


faults = Faults()


class Handler(ModbusSingleRequestHandler):
    now = {"kind": None}

    def execute(self, request, *addr):
        self.now = faults.take(request.function_code)
        if self.now["kind"] != "silent":
            super().execute(request, *addr)

    def send(self, message, *addr, **kwargs):
        if self.now["kind"] == "other-unit":
            message.unit_id = self.now["unit"]
        super().send(message, *addr, **kwargs)

    def _send_(self, data):
        if self.now["kind"] == "wrong-sum":
            data = data[:-1] + bytes([data[-1] ^ 0x10])
        if self.now["kind"] == "late":
            asyncio.get_running_loop().call_later(self.now["delayMs"] / 1000, super()._send_, data)
        else:
            super()._send_(data)


class Boards:
    def __init__(self):
        self.server = None
        self.reset()

    def reset(self):
        faults.fault = None
        self.inputs = {unit: ModbusSequentialDataBlock(0, [False] * INPUTS) for unit in UNITS}
        self.context = ModbusServerContext(
            {unit: ModbusSlaveContext(co=Coils(unit), di=self.inputs[unit], zero_mode=True) for unit in UNITS},
            single=False,
        )

    async def open(self, path):
        self.server = ModbusSerialServer(
            self.context, Framer, port=path, baudrate=BAUD, handler=Handler, ignore_missing_slaves=True
        )
        await self.server.start()

    async def close(self):
        if self.server is not None:
            await self.server.shutdown()
        self.server = None

    async def carry_out(self, command):
        what = command["do"]
        if what == "open":
            await self.open(command["path"])
        elif what == "close":
            await self.close()
        elif what == "reset":
            self.reset()
        elif what == "input":
            self.inputs[command["unit"]].setValues(command["input"], [command["closed"]])
        elif what == "fault":
            faults.fault = command["fault"]


async def main():
    # It complains on stderr of every port that is closed.
    logging.disable(logging.CRITICAL)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    boards = Boards()
    while line := await commands.readline():
        await boards.carry_out(json.loads(line))
        tell({"done": True})
    os._exit(0)


asyncio.run(main())
