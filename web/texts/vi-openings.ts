/** What opened without a passage, and whom staff let go against the rules, for the shift's leader. */
export const viOpenings = {
  'openings.open': 'Mở ngoài lượt',
  'openings.open.count': 'Mở ngoài lượt · {count}',
  'openings.summary':
    'Từ {at}: {untied} lần mở ngoài lượt, {overridden} lần cho qua khác kết quả máy.',
  'openings.summary.before': 'Trước lúc máy khởi động còn {count} lần mở ngoài lượt.',

  'sheet.openings': 'Mở ngoài lượt, cho qua khác kết quả',
  'openings.loading': 'Đang lấy danh sách.',
  'openings.failed': 'Chưa lấy được danh sách.',
  'openings.retry': 'Thử lại',
  'openings.lane': 'Làn {name}',
  'openings.shift': 'Ca {name}, từ {at}',
  'openings.shift.nobody': 'Chưa ai nhận ca, từ {at}',
  'openings.shift.count': '{untied} mở ngoài lượt · {overridden} khác kết quả',
  'openings.none': 'Không có lần nào.',
  'openings.more': 'và {count} lần cũ hơn, chỉ còn số đếm',
  'openings.listed-since':
    'Danh sách chỉ có từ {at}, khi máy khởi động. Cũ hơn đã niêm phong trong nhật ký, ở đây chỉ còn số lần mở ngoài lượt:',
  'openings.listed-since.none':
    'Danh sách chỉ có từ {at}, khi máy khởi động. Trước đó máy không đếm lần mở ngoài lượt nào.',
  'openings.before': 'Ca từ {at}: {counts}',
  'openings.before.nobody': 'Khi chưa ai nhận ca: {counts}',
  'openings.before.one': '{what} {count}',
  'openings.before.unknown': 'Không rõ trước {at}: lúc khởi động không đọc được nhật ký.',

  'opening.emergency-open': 'Mở khẩn',
  'opening.emergency-button': 'Nút khẩn cấp',
  'opening.opened-by-hand': 'Barie bị mở khi không có lệnh',
  'opening.barrier-tamper': 'Mở nắp tủ barie',
  'opening.paper': 'Ghi sổ giấy',
  'opening.release': 'Xả chốt',
  'opening.unrecorded': 'Cho qua khi máy không ghi được',
  'opening.overridden': 'Cho qua, máy báo {verdict}',
  'opening.passage': 'lượt số {number}',
  'opening.no-reason': 'chưa có lý do',
  'opening.nobody': 'không ai nhận ca',
  'opening.released': 'đến {at}, {count} lượt',
  'opening.releasing': 'đang xả',
  'opening.taken-back': 'đã hoàn tác',
} as const;
