# SPDX-License-Identifier: Apache-2.0
"""One session with braid-lsp-server: opens the file given and a broken one, prints what the server says."""
import json
import subprocess
import sys


def message(body):
    text = json.dumps(dict(body, jsonrpc="2.0"))
    return f"Content-Length: {len(text)}\r\n\r\n{text}".encode()


def opened(name, text):
    document = {"uri": f"file:///{name}.mlir", "languageId": "mlir", "version": 1, "text": text}
    return message({"method": "textDocument/didOpen", "params": {"textDocument": document}})


session = (message({"id": 1, "method": "initialize", "params": {"processId": 1, "rootUri": "", "capabilities": {}}})
           + opened("good", open(sys.argv[1]).read()) + opened("broken", "module { ? }")
           + message({"id": 2, "method": "shutdown"}) + message({"method": "exit"}))
output = subprocess.run(["braid-lsp-server"], input=session, stdout=subprocess.PIPE, timeout=60).stdout.decode()
decoder, at = json.JSONDecoder(), output.find("{")
while at >= 0:
    reply, at = decoder.raw_decode(output, at)
    if "capabilities" in (reply.get("result") or {}):
        print("capabilities")
    if reply.get("method") == "textDocument/publishDiagnostics":
        found = reply["params"]["diagnostics"]
        print(reply["params"]["uri"], len(found), *[item["message"] for item in found])
    at = output.find("{", at)
