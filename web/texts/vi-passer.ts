/** What the person passing reads: few words, large. `en` stands small underneath. */
export const viPasser = {
  'passer.idle': 'ĐƯA MÃ QR VÀO KHUNG',
  'passer.idle.distance': 'Cách camera 15–20 cm',
  'passer.card.old': 'Thẻ CCCD: mặt trước',
  'passer.card.new': 'Thẻ căn cước mới: mặt sau',
  'passer.go': 'MỜI QUA',
  'passer.wait': 'VUI LÒNG CHỜ CÁN BỘ',
  'passer.closed': 'LÀN TẠM DỪNG',
  'passer.dead': 'VUI LÒNG CHỜ CÁN BỘ',
  'passer.notice':
    'Đọc mã để phòng, chống dịch tại chốt. Không lưu hình ảnh. Cần biết thêm hoặc yêu cầu về dữ liệu của mình, hỏi cán bộ tại chốt.',
  'hint.too-far': 'ĐƯA MÃ LẠI GẦN',
  'hint.too-close': 'ĐƯA MÃ RA XA',
  'hint.dim-phone': 'TĂNG SÁNG MÀN HÌNH',
  'hint.bright-phone': 'GIẢM SÁNG MÀN HÌNH',
  'hint.dark-scene': 'GIỮ YÊN, ĐANG BẬT ĐÈN',
  'hint.glare': 'NGHIÊNG MÃ CHO ĐỠ CHÓI',
  'hint.moving': 'GIỮ YÊN',
  'hint.cut-off': 'ĐƯA CẢ MÃ VÀO KHUNG',
  'hint.no-code': 'MỞ MÃ QR / LẬT MẶT THẺ CÓ MÃ',
  'hint.several-codes': 'TỪNG MÃ MỘT',
  'hint.not-read': 'ĐƯA THẺ HOẶC ĐỌC SỐ CHO CÁN BỘ',
} as const;
