// node call.mjs <Operation> <JSON of its input>: call it through the stock SDK, print the answer or the error as JSON.
// A value "file:<path>" stands for the bytes of that file.
import { readFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-rekognition";

const [operation, input] = process.argv.slice(2);
const params = JSON.parse(input, (_, value) =>
  typeof value === "string" && value.startsWith("file:") ? readFileSync(value.slice(5)) : value,
);
try {
  const { $metadata, ...answer } = await new sdk.RekognitionClient().send(new sdk[`${operation}Command`](params));
  console.log(JSON.stringify({ answer, requestId: $metadata.requestId }));
} catch (error) {
  const { name, message, $fault: fault, $metadata } = error;
  const { httpStatusCode: status, requestId } = $metadata;
  console.log(JSON.stringify({ error: { name, message, fault, status, requestId } }));
}
