# The screens' labels, in Urdu.

## The product and its status line
app-name = شناخت
app-language = English
app-language-name = اردو
app-switch-language = انگریزی میں بدلیں
status-not-activated = فعال نہیں
status-station = اسٹیشن
status-online = رابطہ بحال
status-offline = رابطہ نہیں
status-offline-for = { $time } سے رابطہ نہیں
status-paused = ترسیل روکی گئی ہے
status-queue = قطار
status-lease = اجازت
status-lease-over = اجازت ختم
status-camera-replayed = فائل سے تصاویر
role-officer = افسر
role-supervisor = سپروائزر
word-ok = درست
word-info = اطلاع
word-attention = توجہ
word-stop = رک گیا
word-dismiss = ہٹائیں
word-back = واپس
word-cancel = منسوخ
word-none = کوئی نہیں
word-yes = جی ہاں
word-no = جی نہیں

## Times
time-now = ابھی
time-seconds = { $n } سیکنڈ پہلے
time-minutes = { $n } منٹ پہلے
time-hours = { $n ->
    [one] 1 گھنٹہ پہلے
   *[other] { $n } گھنٹے پہلے
}
time-days = { $n ->
    [one] کل
   *[other] { $n } دن پہلے
}
span-seconds = { $n } سیکنڈ
span-minutes = { $n } منٹ
span-hours = { $n ->
    [one] 1 گھنٹہ
   *[other] { $n } گھنٹے
}
span-days = { $n ->
    [one] 1 دن
   *[other] { $n } دن
}
span-hours-minutes = { $hours } گھنٹے { $minutes } منٹ
time-exact = { $day } { $month } { $year }، { $clock }
date-exact = { $day } { $month } { $year }
month-1 = جنوری
month-2 = فروری
month-3 = مارچ
month-4 = اپریل
month-5 = مئی
month-6 = جون
month-7 = جولائی
month-8 = اگست
month-9 = ستمبر
month-10 = اکتوبر
month-11 = نومبر
month-12 = دسمبر
size-kilobytes = {"\u2066"}{ $n } kB{"\u2069"}
size-megabytes = {"\u2066"}{ $n } MB{"\u2069"}
size-gigabytes = {"\u2066"}{ $n } GB{"\u2069"}

## Activation
activate-title = اسٹیشن فعال کریں
activate-intro = صدر دفتر کا منتظم پتہ اور ایک بار استعمال ہونے والا کوڈ دیتا ہے۔ اس سے پہلے یہاں کوئی اندراج نہیں ہو سکتا۔
activate-url = مرکز کا پتہ
activate-url-hint = https://centre.example:8443
activate-code = ایک بار کا کوڈ
activate-go = فعال کریں
activate-busy = اسٹیشن فعال ہو رہا ہے…
activate-what = اب کیا ہو گا
activate-what-1 = یہ کمپیوٹر اپنی چابیاں خود بناتا ہے۔ وہ کبھی باہر نہیں جاتیں۔
activate-what-2 = مرکز اس دفتر کا عملہ، پالیسی اور اجازت نامہ بھیجتا ہے۔
activate-what-3 = اس کے بعد اجازت ختم ہونے تک سب کچھ نیٹ ورک کے بغیر چلتا ہے۔

## Sign in
signin-title = سائن اِن
signin-staff = ملازم نمبر
signin-passphrase = خفیہ جملہ
signin-go = سائن اِن کریں
signin-busy = چابی کھولی جا رہی ہے…
signin-help = خفیہ جملہ اسی کمپیوٹر پر آپ کی چابی کھولتا ہے۔ یہاں سے کوئی اسے نہ پڑھ سکتا ہے نہ بدل سکتا ہے۔
passphrase-title = نیا پاس فریز
passphrase-help = بارہ یا زیادہ حروف جو کوئی اندازے سے نہ بوجھ سکے: اپنے چند الفاظ بہترین ہیں۔ یہ آپ کی کلید دفتر کے ہر اسٹیشن پر کھولے گا، یہاں فوراً، باقی اسٹیشنوں پر اگلی اجازت کے ساتھ۔
passphrase-old = موجودہ پاس فریز
passphrase-new = نیا پاس فریز
passphrase-again = نیا پاس فریز دوبارہ
passphrase-differs = اوپر والے جیسا نہیں ہے۔
passphrase-go = تبدیل کریں
passphrase-keep = جیسا ہے ویسا رہنے دیں
passphrase-busy = کلید نئے پاس فریز سے مہر بند ہو رہی ہے…
signin-station = یہ اسٹیشن
signin-office = دفتر
signin-clock = گھڑی
signin-clock-trusted = درست
signin-clock-set-back = پیچھے کی گئی
signin-clock-set-forward = بہت آگے
signin-camera = کیمرہ
signin-disk = ڈسک
signin-disk-free = { $size } خالی
signin-link = رابطہ
signin-queue = قطار
signin-queue-waiting = { $n ->
    [0] کچھ باقی نہیں
    [one] 1 بھیجنا باقی
   *[other] { $n } بھیجنا باقی
}
signin-lease = اجازت
signin-lease-until = { $span } باقی
signin-lease-over = ختم: نئی درخواست نہیں لی جا سکتی
signin-packets-left = { $n ->
    [one] 1 پیکٹ باقی
   *[other] { $n } پیکٹ باقی
}

## The desk
home-title = اگلا کون ہے؟
home-online = رابطہ بحال ہے۔ منظور شدہ اندراج خود روانہ ہو جاتے ہیں۔
home-offline = نیٹ ورک کے بغیر بھی سب کچھ چلتا ہے۔
home-offline-waiting = { $n ->
    [one] نیٹ ورک کے بغیر بھی سب کچھ چلتا ہے۔ 1 اندراج سربمہر ہے اور رابطہ بحال ہوتے ہی روانہ ہو گا۔
   *[other] نیٹ ورک کے بغیر بھی سب کچھ چلتا ہے۔ { $n } اندراج سربمہر ہیں اور رابطہ بحال ہوتے ہی روانہ ہوں گے۔
}
home-new = نیا اندراج
home-new-about = پہلا کارڈ، تجدید، ترمیم، متبادل کارڈ، بچے کا اندراج
home-new-time = تقریباً 90 سیکنڈ
home-new-closed = اجازت ختم ہو گئی ہے، نئی درخواست شروع نہیں ہو سکتی۔ اسٹیشن کو مرکز سے جوڑیں۔
home-review = جائزہ
home-review-about = ساتھیوں کی درخواستیں منظور، واپس یا مسترد کریں
home-review-waiting = { $n ->
    [0] آپ کے لیے کچھ نہیں
    [one] 1 آپ کی منتظر
   *[other] { $n } آپ کی منتظر
}
home-review-supervisors = سپروائزر کے لیے
home-queue = قطار
home-queue-about = کیا سربمہر ہے، کیا راستے میں ہے، کیا پہنچ گیا
home-queue-waiting = { $n ->
    [0] کچھ باقی نہیں
    [one] 1 سربمہر، منتظر
   *[other] { $n } سربمہر، منتظر
}
home-drafts = مسودہ جاری رکھیں
home-drafts-count = { $n ->
    [one] 1 صرف آپ کے لیے سربمہر
   *[other] { $n } صرف آپ کے لیے سربمہر
}
home-drafts-none = کوئی مسودہ نہیں۔ آپ جو شروع کریں وہ ہر مرحلے کے بعد سربمہر ہو کر یہاں ملتا ہے۔
home-resume = جاری رکھیں
home-correct = درست کریں
home-no-kind = نئی درخواست
home-at-step = مرحلہ: { $step }
home-today = آج
home-today-enrolled = اندراج
home-today-first = پہلی تصویر درست
home-today-refused = انکار پر ختم
home-today-approved = منظور شدہ
home-today-settled = مرکز کو موصول
home-oldest = سب سے پرانا { $span } سے منتظر
home-in-review = زیرِ جائزہ
home-outbox = سربمہر، منتظر
home-settled = مرکز میں
nav-review = جائزہ
nav-queue = قطار
nav-station = اسٹیشن
nav-desk = ڈیسک
nav-lock = تالا لگائیں
nav-print-slip = رسید پرنٹ کریں

## The application
work-step = مرحلہ { $n } از { $of }
work-new = نئی درخواست
work-saved = مسودہ { $time } سربمہر ہوا
work-unsaved = ابھی سربمہر نہیں
work-missing = باقی ہے
work-missing-none = کچھ باقی نہیں۔ جانچ کر دستخط کریں۔
work-next-missing = اگلی کمی
work-kept = کیا محفوظ ہے
work-kept-text = اس اسٹیشن پر یہ مسودہ صرف آپ کھول سکتے ہیں۔ ہر مرحلے کے بعد دوبارہ سربمہر ہوتا ہے؛ Esc دبانے یا بجلی جانے سے کچھ ضائع نہیں ہوتا۔
work-returned = سپروائزر نے واپس کیا
work-next = آگے: { $step }
work-previous = پچھلا
work-to-desk = ڈیسک پر
work-refuses = درخواست گزار کا انکار…
work-discard = ضائع کریں…
work-hand-over = ساتھی کو دیں
work-done = مکمل
work-open = باقی
work-packet = درخواست { $id }

kinds-title = درخواست کس لیے ہے؟
kinds-new-about = ابھی کارڈ نہیں۔ عمر 18 سال یا زیادہ۔
kinds-renewal-about = کارڈ کی میعاد ختم ہو گئی یا ہونے والی ہے۔
kinds-modification-about = نام، پتہ یا کوئی اور کوائف بدلنے ہیں۔
kinds-replacement-about = کارڈ گم، چوری یا خراب ہو گیا۔
kinds-child-about = عمر 18 سال سے کم، کارڈ رکھنے والے سرپرست کے ساتھ۔

details-title = درخواست گزار
details-keyboard = اردو کی بورڈ
details-choose = منتخب کریں
details-optional = اختیاری
details-hint-cnic = 36302-0004512-4
details-hint-born = dd/mm/yyyy
details-hint-phone = 0300-1234567

consent-title = رضامندی
consent-read = یہ عبارت پڑھ کر سنائیں، یا درخواست گزار کو پڑھنے دیں۔
consent-text-1 = آپ کے کوائف اور تصویر آپ کے شناختی کارڈ کے لیے لیے جاتے ہیں اور قومی ریکارڈ سے ملائے جاتے ہیں۔
consent-text-2 = یہ اس کمپیوٹر پر سربمہر ہوتے ہیں، صرف ادارے کے مرکزی ذخیرے کو بھیجے جاتے ہیں اور پھر یہاں سے مٹا دیے جاتے ہیں۔ اس کے بعد اس دفتر میں کوئی انہیں نہیں کھول سکتا۔
consent-text-3 = آپ درج شدہ کوائف دیکھ سکتے ہیں، غلطی درست کرا سکتے ہیں اور انکار بھی کر سکتے ہیں۔ انکار کی صورت میں آپ کو دوسرا راستہ بتایا جائے گا۔
consent-text-4 = کیا آپ رضامند ہیں؟
consent-text-guardian = آپ سرپرست کی حیثیت سے بچے کی طرف سے جواب دیں گے۔
consent-give = درخواست گزار نے سن لیا اور رضامند ہے
consent-give-guardian = سرپرست نے سن لیا اور بچے کی طرف سے رضامند ہے
consent-given = رضامندی درج ہو گئی
consent-version = عبارت کا نسخہ { $n }

exceptions-title = کیا تصویر میں کسی بات کی گنجائش رکھنی ہے؟
exceptions-about = جو درست ہو منتخب کریں۔ اس وجہ سے کسی کو واپس نہیں بھیجا جاتا؛ وجہ درج ہوتی ہے۔ کچھ نہ ہو تو خالی چھوڑ دیں۔
exceptions-none = کوئی بات نہیں

check-title = درخواست گزار کے ساتھ جانچیں، پھر دستخط کریں
check-photo-missing = ابھی تصویر نہیں
check-consent = رضامندی
check-consent-given = حاصل
check-consent-missing = حاصل نہیں
check-exceptions = مستثنیات
check-photo = تصویر
check-photo-good = تمام جانچیں پوری
check-photo-reason = وجہ کے ساتھ لی گئی: { $reason }
check-sign = دستخط کر کے آگے بھیجیں
check-signing = سربمہر اور دستخط ہو رہے ہیں…
check-about = دستخط سے پیکٹ مرکز کے لیے اور ایک نقل سپروائزروں کے لیے سربمہر ہوتی ہے۔ پھر مسودہ مٹا دیا جاتا ہے۔

dialog-refuse-title = درخواست گزار کیوں انکار کرتا ہے؟
dialog-refuse-about = درخواست ختم ہو جاتی ہے اور شمار ہوتی ہے۔ کوائف اور تصاویر مٹا دی جاتی ہیں؛ کچھ نہیں بھیجا جاتا۔ درخواست گزار کو دوسرا راستہ بتائیں۔
dialog-refuse-go = درخواست ختم کریں
dialog-discard-title = یہ درخواست ضائع کریں؟
dialog-discard-about = مسودہ، کوائف اور تصویر سمیت، مٹا دیا جائے گا۔ یہ واپس نہیں ہو سکتا۔
dialog-discard-go = ضائع کریں
dialog-hand-over-title = یہ مسودہ کسی ساتھی کو دیں؟
dialog-hand-over-about = یہ ان کے لیے مہر بند ہو گا: پھر صرف وہی اسے کھول سکیں گے، آپ نہیں۔
dialog-hand-over-go = انہیں دیں
dialog-write-medium-title = جو منتظر ہے اسے اسٹک پر لکھیں؟
dialog-write-medium-about = سب کچھ یہاں بھی رہتا ہے، جب تک مرکز کی رسید واپس نہ آئے۔
dialog-write-medium-go = لکھیں
dialog-read-medium-title = مرکز کے جواب اسٹک سے پڑھیں؟
dialog-read-medium-about = اس اسٹیشن کی رسیدیں، اجازت اور جواب، اور دوسرے اسٹیشنوں کے پیکٹ جو پھر یہاں سے جائیں گے۔ ہر ایک گنے جانے سے پہلے پرکھا جاتا ہے۔
dialog-read-medium-go = پڑھیں
dialog-medium-none = کوئی اسٹک نہیں لگی۔ لگائیں؛ یہاں نظر آئے گی۔
dialog-keep = رہنے دیں

## The photograph
photo-title = تصویر
photo-try = کوشش { $n } از { $of }
photo-hide = تصویر چھپائیں
photo-show = تصویر دکھائیں
photo-hidden = تصویر چھپی ہوئی ہے۔ رہنمائی جاری ہے؛ ہدایات بول کر بتائیں۔
photo-take = ابھی لیں
photo-take-reason = وجہ کے ساتھ ابھی لیں…
photo-auto = سب جانچیں پوری ہوتے ہی خود لی جائے گی
photo-later = بعد میں
photo-burst = ساکن رہیں: { $n } از { $of }
photo-working = بہترین تصویر چنی جا رہی ہے…
photo-captured = بہترین تصویر
photo-captured-about = صرف یادداشت میں ہے۔ رکھنے پر سربمہر ہو گی۔
photo-kept = محفوظ
photo-kept-about = مسودے میں سربمہر ہو گئی۔
photo-keep = یہ تصویر رکھیں
photo-retake = دوبارہ لیں
photo-clauses = تصویر کے اصول جو پورے نہیں
photo-clauses-none = تصویر کے تمام اصول پورے ہیں
photo-reason = وجہ کے ساتھ لی گئی: { $reason }
photo-waiting = کیمرے کا انتظار
photo-camera-help = تصویر آتے ہی کام خود شروع ہو جائے گا۔ آپ باقی مراحل جاری رکھ سکتے ہیں۔
photo-picture = براہِ راست تصویر
photo-portrait = تصویر
photo-oval-ready = چہرہ جگہ پر ہے
photo-oval-wait = چہرہ ابھی جگہ پر نہیں
photo-not-assessed = جانچ نہیں ہوئی
photo-holds = پوری
photo-fails = پوری نہیں
photo-replayed = فائل کی تصاویر، کیمرہ نہیں
photo-reason-title = جانچ پوری نہ ہونے کے باوجود کیوں لی جائے؟
photo-reason-about = وجہ تصویر کے ساتھ سپروائزر کو جاتی ہے۔
photo-reason-go = تصویر لیں
photo-camera = { $name }، {"\u2066"}{ $width }×{ $height }{"\u2069"}، { $rate } فی سیکنڈ

challenge-title = زندہ موجودگی
challenge-about = ہر ہدایت بلند آواز سے بولیں۔ ترتیب ہر بار نئی ہوتی ہے۔
challenge-done = { $of } میں سے { $n } حرکات مکمل
challenge-passed = زندہ شخص نظر آ گیا
challenge-failed = ثابت نہیں ہوا
challenge-vouched = آپ تصدیق کرتے ہیں؛ درج ہو گیا
challenge-failed-about = دوبارہ شروع کریں، بتائیں کہ درخواست گزار کیا نہیں کر سکتا، یا وجہ کے ساتھ تصویر لیں۔
challenge-tries-over-about = مزید کوششیں باقی نہیں۔ بتائیں کہ درخواست گزار کیا نہیں کر سکتا، یا وجہ کے ساتھ تصویر لیں؛ سپروائزر اسے دیکھے گا۔
challenge-begin = دوبارہ شروع کریں
challenge-other-way = یہ نہیں کر سکتے…
vouch-title = درخواست گزار کیا نہیں کر سکتا؟
vouch-about = جواب درج ہوتا ہے اور سپروائزر اسے دیکھتا ہے۔ کسی کو واپس نہیں بھیجا جاتا۔
vouch-go = آگے بڑھیں
vouch-cannot-move-head = سر موڑنا یا جھکانا
vouch-cannot-close-eyes = آنکھیں بند کرنا: دوسری حرکات کہی جائیں گی
vouch-cannot-follow = ہدایت پر عمل کرنا (بچہ، بیماری)
vouch-cannot-other = کچھ اور
review-challenge-live = حرکات کہنے کے مطابق ہوئیں
review-challenge-not-live = حرکات زندہ شخص کی نہیں تھیں
review-challenge-undecided = حرکات سے زندہ شخص ثابت نہیں ہوا
review-challenge-cancelled = حرکات ادھوری چھوڑی گئیں
review-challenge-alternative = افسر تصدیق کرتا ہے؛ درخواست گزار نہیں کر سکتا: { $reason }
review-challenge-none = کوئی حرکت نہیں کہی گئی
review-challenge-steps = { $of } میں سے { $n }

## Review
review-title = جائزہ
review-waiting = { $n ->
    [0] کچھ منتظر نہیں
    [one] 1 منتظر
   *[other] { $n } منتظر، زیادہ خطرے والی پہلے
}
review-none = جائزے کے لیے کچھ نہیں۔ ساتھی جو جمع کرائیں وہ یہاں آتا ہے۔
review-choose = فہرست سے درخواست چنیں۔ کوائف صرف آپ کے لیے کھلتے ہیں اور جاتے ہی پھر بند ہو جاتے ہیں۔
review-open = کھولیں
review-own = { $n ->
    [one] 1 اور آپ کا اپنا کام ہے: دوسرا سپروائزر دیکھے گا
   *[other] { $n } اور آپ کا اپنا کام ہیں: دوسرا سپروائزر دیکھے گا
}
review-only-supervisors = جائزہ صرف سپروائزر لیتے ہیں۔ کھولنے کے لیے سپروائزر کے طور پر سائن اِن کریں۔
review-at-station = اسٹیشن { $station } پر
review-all-good = تمام جانچیں پوری
review-details = کوائف
review-evidence = شواہد
review-officer = افسر
review-taken = لی گئی
review-portrait = تصویر
review-burst = تمام تصاویر
review-burst-of = تصویر { $n } از { $of }
review-zoom = بڑا کریں
review-quality = معیار: { $n } اجزا جانچے گئے
review-quality-good = سب پورے
review-quality-short = { $n ->
    [one] 1 کم
   *[other] { $n } کم
}
review-least = { $value }، کم از کم { $least }
review-living = زندہ شخص، غیر فعال شواہد
review-living-flagged = زندہ شخص: دیکھنا ضروری ہے
review-living-frames = { $n } فریم
review-camera = کیمرہ: { $name }
review-camera-unknown = کیمرہ پالیسی میں نہیں: { $name }
review-replayed = فائل کی تصاویر، کیمرہ نہیں
review-with-reason = وجہ کے ساتھ لی گئی: { $reason }
review-attempt = کوشش { $n } پر رکھی گئی
review-consent = رضامندی، عبارت کا نسخہ { $n }
review-consent-guardian = سرپرست کی رضامندی، عبارت کا نسخہ { $n }
review-exception = استثنا: { $name }
review-approve = منظور کر کے دستخط کریں
review-return = درستی کے لیے واپس…
review-reject = مسترد…
review-deciding = فیصلے پر دستخط ہو رہے ہیں…
review-close = بند کریں
dialog-return-title = کیا درست کرنا ہے؟
dialog-return-about = درخواست اسی وجہ کے ساتھ مسودے کی صورت میں اپنے افسر کو واپس جاتی ہے۔
dialog-return-go = واپس کریں
dialog-reject-title = کیوں مسترد کی جائے؟
dialog-reject-about = درخواست ختم ہو جاتی ہے۔ کچھ نہیں بھیجا جاتا؛ وجہ آڈٹ ریکارڈ میں رہتی ہے۔
dialog-reject-go = مسترد کریں

## The queue
queue-title = قطار
queue-about = سربمہر پیکٹ اسی ترتیب سے جاتے ہیں۔ یہاں سے پیکٹ تبھی مٹتا ہے جب مرکز اس کی دستخط شدہ رسید دے۔
queue-none = کچھ منتظر نہیں۔ جو منظور ہو وہ مرکز کی رسید تک یہاں رہتا ہے۔
queue-packet = پیکٹ
queue-kind = قسم
queue-stage = حالت
queue-size = حجم
queue-progress = بھیجا گیا
queue-since = کب سے
queue-why = انتظار کی وجہ
queue-drafts = مسودے
queue-in-review = زیرِ جائزہ
queue-outbox = سربمہر، منتظر
queue-settled = مرکز میں
queue-carried = دوسرے اسٹیشنوں کے
queue-closed = یہیں ختم
queue-retry = ابھی کوشش کریں
queue-write-medium = اسٹک پر لکھیں
queue-read-medium = اسٹک سے پڑھیں
queue-pause = ترسیل روکیں
queue-resume = ترسیل جاری کریں
queue-rate = { $rate } فی سیکنڈ
queue-remaining = تقریباً { $span } باقی
queue-oldest = سب سے پرانا { $span } سے منتظر
answers-title = { $n ->
    [one] مرکز { $n } پیکٹ کی جانچ کر رہا ہے
   *[other] مرکز { $n } پیکٹوں کی جانچ کر رہا ہے
}
answers-show = مرکز کے جواب
answers-about = یہ مرکز میں محفوظ ہیں۔ پیکٹ کا نمبر درخواست گزار کی پرچی پر ہے۔
queue-link = رابطہ
queue-sending = بھیجا جا رہا ہے
queue-next = باری پر

## The station
station-title = اسٹیشن
station-this = یہ اسٹیشن
station-office = دفتر
station-id = اسٹیشن
station-centre = مرکز
station-policy = پالیسی کا نسخہ
station-lease = اجازت تا
station-packets = باقی پیکٹ
station-lease-number = اجازت نمبر
station-lease-extend = اجازت بڑھائیں
station-second-copy = دوسری نقل
second-copy-none = نہیں
second-copy-in-step = رکھی جا رہی ہے
second-copy-owed = { $n ->
    [one] 1 فائل باقی
   *[other] { $n } فائلیں باقی
}
second-copy-absent = اس کی ڈسک موجود نہیں
second-copy-ending = ڈسک لگنے پر ختم ہو گی
dialog-extend-title = کوڈ سے اجازت بڑھائیں؟
dialog-extend-about = مرکز کو فون کریں اور پڑھ کر سنائیں: اسٹیشن { $station }، اجازت نمبر { $number }۔ جو کوڈ وہ دیں اسے لکھیں یا اسکین کریں۔ یہ ایک بار چلتا ہے۔
dialog-extend-used-about = یہ اجازت پہلے بڑھائی جا چکی ہے۔ مرکز سے نئی اجازت اسٹک پر منگوائیں۔
dialog-extend-field = کوڈ
dialog-extend-go = بڑھائیں
dialog-second-copy-title = دوسری ڈسک پر مہر بند نقل رکھیں؟
dialog-second-copy-about = سب مہر بند چیزیں وہاں بھی رہیں گی، اس دن کے لیے جب یہ ڈسک خراب ہو۔ کسی دوسری اندرونی ڈسک کا فولڈر لکھیں۔
dialog-second-copy-field = فولڈر
dialog-second-copy-go = وہاں رکھیں
dialog-second-copy-end-title = دوسری نقل رکھنا بند کریں؟
dialog-second-copy-end-about = دوسری ڈسک پر جو ہے ہٹا دیا جائے گا، ابھی یا جب ڈسک لگے۔ یہاں سب محفوظ ہے۔
dialog-second-copy-end-go = بند کریں
station-disk = ڈسک پر جگہ
station-clock = گھڑی
station-camera = کیمرہ
station-camera-now = زیرِ استعمال
station-camera-none = کوئی کیمرہ نہیں ملا۔ کیمرہ لگا کر دوبارہ دیکھیں۔
station-camera-any = جو کیمرہ سب سے بہتر ہو
station-camera-choose = استعمال کریں
station-camera-refresh = دوبارہ دیکھیں
station-camera-trusted = پالیسی میں شامل
station-camera-untrusted = پالیسی میں شامل نہیں
station-replay-allowed = یہاں فائل کی تصاویر جمع ہو سکتی ہیں
station-replay-forbidden = فائل کی تصاویر جمع نہیں ہو سکتیں
station-look = زبان اور انداز
station-language = زبان
station-theme = انداز
theme-system = کمپیوٹر کے مطابق
theme-light = روشن
theme-dark = گہرا
theme-contrast-light = تیز فرق، روشن
theme-contrast-dark = تیز فرق، گہرا

## Missing items and keys of single steps
work-correct-field = درست کریں: { $field }
work-empty-fields = { $n ->
    [one] 1 خانہ خالی ہے
   *[other] { $n } خانے خالی ہیں
}
consent-record = رضامندی درج کریں

## The window as a whole
keys-hint = F12 سے زبان بدلتی ہے۔ Tab اگلے خانے پر لے جاتا ہے؛ ہر کام کا بٹن اپنی کلید دکھاتا ہے۔
stopped-title = یہ اسٹیشن ابھی کام نہیں کر سکتا
stopped-rescue = جو پڑھا جا سکے محفوظ کر کے آگے بڑھیں
stopped-rescue-note = جو پڑھا جا سکے وہ نئے ذخیرے میں جاتا ہے۔ خراب فائل محفوظ رہتی ہے، کبھی مٹائی نہیں جاتی۔

## The camera in one or two words
short-camera-live = کیمرہ تیار
short-camera-starting = کیمرہ شروع ہو رہا ہے
short-camera-missing = کیمرہ نہیں
short-camera-busy = کیمرہ کہیں اور استعمال میں
short-camera-not-issued = کیمرے کی اجازت نہیں
short-camera-software = اصل کیمرہ نہیں
short-camera-unplugged = کیمرہ نکلا ہوا
short-camera-no-frames = کیمرہ تصویر نہیں دیتا
short-camera-no-answer = کیمرہ جواب نہیں دیتا
short-camera-no-permission = کیمرے کی اجازت نہیں
short-camera-no-usable-format = کیمرہ قابلِ استعمال نہیں
short-camera-damaged-frames = تصاویر خراب
short-camera-failing = کیمرے میں خرابی
short-camera-off = کیمرہ بند
camera-off = کیمرہ بند ہے

## Review, further
review-name = نام
review-father = والد
review-address = پتہ
review-phone = موبائل
review-guardian = سرپرست
review-open-first = پہلی کھولیں
review-next = اگلی
review-more-flags = { $n ->
    [one] اور 1 مزید
   *[other] اور { $n } مزید
}

## Quality components (ISO/IEC 29794-5) as people say them
component-SingleFacePresent = صرف ایک چہرہ
component-InterEyeDistance = آنکھوں کا درمیانی فاصلہ
component-HeadPoseYaw = سر ایک طرف مڑا ہوا
component-HeadPosePitch = سر اوپر یا نیچے
component-HeadPoseRoll = سر جھکا ہوا
component-EyesOpen = آنکھیں کھلی
component-MouthClosed = منہ بند
component-IlluminationUniformity = دونوں طرف برابر روشنی
component-UnderExposurePrevention = بہت اندھیرا
component-OverExposurePrevention = بہت روشن
component-DynamicRange = روشنی اور سائے کا فرق
component-LeftwardCropOfTheFaceImage = چہرے کے بائیں طرف جگہ
component-RightwardCropOfTheFaceImage = چہرے کے دائیں طرف جگہ
component-exposure_in_scene = اس جگہ کے لحاظ سے چہرے پر روشنی
component-sharpness_gradient = تصویر کا صاف ہونا
component-smile_width = مسکراہٹ
component-eye_contrast = آنکھوں کا نظر آنا
component-mouth_contrast = منہ کا نظر آنا

## The station, further
station-activation = حیثیت
station-activated = فعال
station-cameras = دستیاب کیمرے
station-locked = بند: { $name }
station-unlock = کھولیں
station-passphrase = نیا پاس فریز
station-audit = آڈٹ ریکارڈ
station-audit-about = ہر عمل زنجیر کی ایک کڑی ہے۔ جانچ پوری زنجیر کا حساب دوبارہ کرتی ہے۔
station-audit-check = زنجیر جانچیں
station-audit-holds = { $n ->
    [one] زنجیر سالم ہے: 1 عمل
   *[other] زنجیر سالم ہے: { $n } اعمال
}
station-audit-head = آخری { $head }، جانچ { $time }
station-audit-fault = زنجیر سالم نہیں۔ کچھ نہیں بدلا گیا۔ کام روک کر آئی ٹی کو بلائیں۔
audit-fault-row = عمل نمبر { $n } بدلا گیا ہے یا اس سے پہلے کچھ غائب ہے۔
audit-fault-cut = عمل نمبر { $n } کے بعد کا ریکارڈ غائب ہے۔
audit-fault-head = مرکز نے زنجیر کا جو سرا دیکھا وہ یہاں نہیں ({ $n })۔
audit-fault-store = ریکارڈ آخر تک نہیں پڑھا جا سکا ({ $n })۔
