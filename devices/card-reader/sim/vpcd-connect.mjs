// Run within the network of a virtual pcscd: connects to the port given and hands the socket to its parent, nothing read.
import { Socket } from 'node:net';

const socket = new Socket();
socket.pause();
const connect = () => socket.connect({ host: '127.0.0.1', port: Number(process.argv[2]) });
// vpcd listens a moment after pcscd does.
socket.on('error', () => setTimeout(connect, 20));
socket.on('connect', () => {
  socket.setNoDelay(true);
  process.send?.('connected', socket);
});
process.on('disconnect', () => process.exit());
connect();
