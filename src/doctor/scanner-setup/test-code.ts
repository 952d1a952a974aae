/**
 * A card's text of nobody: prefix 000 makes it a test, which no lane counts. Every tone and every accented letter family of
 * Vietnamese stands in it.
 */
export const TEST_NAME = 'Nguyễn Thị Thử Ướt Đằng';
export const TEST_NUMBER = '000300000001';
export const TEST_TEXT = `${TEST_NUMBER}||${TEST_NAME}|01022000|Nữ|Số 1, Ngõ Kiểm Định, Phường Mẫu, Hà Nội|03042021`;
