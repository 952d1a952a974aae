export { SerialPort } from 'serialport';
