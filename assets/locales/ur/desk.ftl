# What the desk tells people, in Urdu. Each notice: what happened, what was kept, what to do.

kind-new = نیا کارڈ
kind-renewal = تجدید
kind-modification = کوائف میں تبدیلی
kind-replacement = متبادل کارڈ
kind-child = بچے کا اندراج

step-kind = قسم
step-details = کوائف
step-consent = رضامندی
step-photograph = تصویر
step-exceptions = مستثنیات
step-check = جانچ اور دستخط

field-name-urdu = نام (اردو)
field-name-latin = نام (انگریزی)
field-father-urdu = والد کا نام (اردو)
field-father-latin = والد کا نام (انگریزی)
field-cnic = شناختی کارڈ نمبر
field-born = تاریخِ پیدائش
field-gender = جنس
field-phone = موبائل نمبر (اختیاری)
field-guardian = سرپرست کا شناختی کارڈ نمبر
field-address = پتہ (اردو)

gender-female = عورت
gender-male = مرد
gender-x = ایکس

error-empty = یہاں کچھ لکھیں
error-too-long = کارڈ کے لیے بہت لمبا ہے
error-hidden = لکھائی کی سمت بدلنے والے چھپے ہوئے حروف منع ہیں؛ دوبارہ لکھیں
error-script = دوسری زبان کے حروف ہیں؛ یہ خانہ اپنی زبان میں لکھیں
error-character = ایسا نشان یا ہندسہ جو یہاں نہیں آتا
error-cnic-digit = صرف ہندسے، جیسے ⁨35202-0001234-1⁩
error-cnic-length = شناختی کارڈ نمبر میں ⁨13⁩ ہندسے ہوتے ہیں
error-cnic-province = کوئی شناختی کارڈ نمبر اس ہندسے سے شروع نہیں ہوتا
error-date-form = دن/مہینہ/سال لکھیں، جیسے ⁨13/02/1984⁩
error-date-no-such-day = اس مہینے میں ایسا کوئی دن نہیں
error-date-too-early = بہت پرانی تاریخ ہے
error-date-future = یہ دن ابھی نہیں آیا
error-gender = ایک چنیں
error-phone = ⁨03⁩ سے شروع ہونے والے گیارہ ہندسے

gap-details = کوائف مکمل کریں
gap-cnic = اس قسم کے لیے شناختی کارڈ نمبر ضروری ہے
gap-gender-digit = شناختی کارڈ کا آخری ہندسہ دوسری جنس بتاتا ہے
gap-guardian = بچے کے لیے سرپرست کا شناختی کارڈ نمبر ضروری ہے
gap-too-young = عمر ⁨18⁩ سال سے کم ہے: بچے کا اندراج چنیں
gap-too-old = عمر ⁨18⁩ سال یا زیادہ ہے: بچے کا اندراج نہیں ہو سکتا
gap-consent = رضامندی درج کریں
gap-photograph = تصویر لیں

exception-head-covering = سر ڈھکا ہے مگر چہرہ پورا نظر آتا ہے
exception-eye = ایک آنکھ نہیں ہے یا کھل نہیں سکتی
exception-head-movement = سر سیدھا نہیں رہتا یا گھوم نہیں سکتا
exception-injury = چہرے پر چوٹ، پٹی یا طبی آلہ
exception-fingerprints = انگلیوں کے نشان گھسے ہوئے ہیں یا نہیں ہیں
exception-held-child = چھوٹا بچہ کسی کی گود میں ہے

reason-light = کمرے کی روشنی بدلی نہیں جا سکتی
reason-condition = درخواست گزار کی مستقل کیفیت
reason-restless = درخواست گزار ساکن نہیں رہ سکتا
reason-retries = تمام کوششیں ختم ہو گئیں
reason-camera = صرف یہی کمزور کیمرہ دستیاب ہے

refusal-not-present = درخواست گزار موجود نہیں
refusal-privacy = رازداری
refusal-religion = مذہبی وجہ
refusal-age = بہت کم عمر یا بہت ضعیف
refusal-other = کوئی اور وجہ

flag-no-face = چہرہ نہیں ملا
flag-override = وجہ کے ساتھ لی گئی
flag-quality = معیار پالیسی سے کم
flag-liveness = زندہ ہونا مشکوک
flag-replayed = فائل سے لی گئی تصویریں
flag-camera = نامعلوم کیمرہ
flag-exception = استثنا درج ہے

return-portrait = تصویر دوبارہ لی جائے
return-name = نام کے ہجے غلط ہیں
return-details = کوائف دستاویزات سے نہیں ملتے
return-consent = رضامندی واضح نہیں
return-exception = استثنا رہ گیا ہے یا غلط ہے

reject-other-person = یہ دستاویزات والا شخص نہیں
reject-documents = دستاویزات درست نہیں
reject-twice = آج ہی اندراج ہو چکا ہے
reject-fraud = دھوکے کا شبہ

stage-draft = مسودہ
stage-in-review = جائزے میں
stage-outbox = مہر بند، منتظر
stage-settled = مرکز پہنچ گیا
stage-closed = بند

check-one-face = ایک چہرہ، سامنے
check-distance = فاصلہ اور جگہ
check-head-straight = سر سیدھا
check-eyes-open = آنکھیں کھلی
check-mouth-closed = منہ بند
check-light-even = دونوں طرف برابر روشنی
check-light = چہرے پر روشنی
check-sharp = تصویر صاف

instruct-no-face = براہِ کرم کیمرے کے سامنے بیٹھیں
instruct-one-face-only = براہِ کرم صرف ایک شخص
instruct-come-closer = تھوڑا قریب آئیں
instruct-move-back = تھوڑا پیچھے ہٹیں
instruct-centre-face = اپنا چہرہ دائرے کے اندر لائیں
instruct-more-light = چہرے پر زیادہ روشنی چاہیے
instruct-less-light = روشنی تیز ہے: چہرے پر روشنی کم کریں
instruct-light-from-left = اپنے بائیں طرف سے زیادہ روشنی
instruct-light-from-right = اپنے دائیں طرف سے زیادہ روشنی
instruct-level-head = سر سیدھا رکھیں
instruct-turn-left = سر تھوڑا بائیں طرف موڑیں
instruct-turn-right = سر تھوڑا دائیں طرف موڑیں
instruct-chin-up = ٹھوڑی تھوڑی اوپر
instruct-chin-down = ٹھوڑی تھوڑی نیچے
instruct-open-eyes = آنکھیں کھولیں
instruct-close-mouth = منہ بند رکھیں، مسکرائیں نہیں
instruct-hold-still = ساکن رہیں
instruct-ready = بہت خوب۔ اسی طرح رہیں

challenge-look-ahead = سیدھا سامنے دیکھیں اور ساکن رہیں
challenge-blink = دونوں آنکھیں ایک لمحے کے لیے بند کریں، پھر کھولیں
challenge-turn-left = سر اپنے بائیں طرف موڑیں، پھر دوبارہ سامنے دیکھیں
challenge-turn-right = سر اپنے دائیں طرف موڑیں، پھر دوبارہ سامنے دیکھیں
challenge-nod = ٹھوڑی نیچے کریں، پھر دوبارہ سامنے دیکھیں
challenge-come-closer = کیمرے کے قریب آئیں
challenge-over = ہو گیا۔ شکریہ

clause-face-centred = چہرہ درمیان میں نہیں
clause-eyes-height = آنکھیں بہت اوپر یا نیچے ہیں
clause-head-height = سر بہت بڑا یا چھوٹا ہے
clause-eye-distance = آنکھوں کے درمیان نقطے کم ہیں
clause-eyes-level = آنکھیں برابر نہیں
clause-inside-frame = تصویر سر کے بہت قریب ختم ہوتی ہے
clause-no-face = چہرہ نہیں ملا

camera-live = کیمرہ تیار
camera-starting = کیمرہ چل رہا ہے
camera-missing = کیمرہ نہیں ملا۔ کیمرہ لگائیں؛ فوراً کام کرے گا
camera-busy = کوئی اور پروگرام کیمرہ استعمال کر رہا ہے۔ اسے بند کریں؛ کیمرہ خود چل پڑے گا
camera-unplugged = کیمرے کی تار نکل گئی ہے۔ دوبارہ لگائیں؛ کچھ ضائع نہیں ہوا
camera-no-frames = کیمرہ تصویر نہیں دے رہا۔ نکال کر دوبارہ لگائیں
camera-no-answer = کیمرہ جواب نہیں دے رہا۔ نکال کر دوبارہ لگائیں
camera-no-permission = اس صارف کو کیمرے کی اجازت نہیں۔ آئی ٹی کو بتائیں
camera-no-usable-format = اس کیمرے کی تصویر قابلِ استعمال نہیں۔ دوسرا کیمرہ لگائیں
camera-damaged-frames = کیمرے کی تصویریں خراب آ رہی ہیں۔ تار دیکھیں
camera-driver = کیمرے کا ڈرائیور خرابی بتا رہا ہے۔ نکال کر دوبارہ لگائیں

notice-activated = اسٹیشن فعال ہو گیا۔ کام شروع کرنے کے لیے سائن اِن کریں۔
notice-submitted = مہر بند کر کے جائزے کے لیے دے دیا گیا: { $id }۔ مسودے میں پڑھنے کے قابل کچھ نہیں بچا۔
notice-approved = منظور اور دستخط شدہ: { $id }۔ رابطہ ہوتے ہی روانہ ہو جائے گا۔
notice-returned = افسر کو واپس بھیج دیا گیا: { $id }۔ لکھا ہوا سب محفوظ ہے۔
notice-rejected = مسترد: { $id }۔ کچھ نہیں بھیجا گیا؛ فیصلہ درج ہو گیا۔
notice-discarded = مسودہ ختم کر دیا گیا۔ کچھ نہیں بھیجا گیا۔
notice-refused = انکار درج ہو گیا۔ درخواست گزار کے بارے میں کچھ نہیں رکھا گیا۔
notice-missing = ابھی کچھ باقی ہے۔ مسودہ محفوظ ہے؛ فہرست میں دیکھ کر مکمل کریں۔
notice-no-lease = اس اسٹیشن کے پاس مرکز کی اجازت نہیں۔ لیا ہوا سب محفوظ ہے۔ نیٹ ورک سے جوڑیں یا آئی ٹی کو بتائیں۔
notice-lease-expired = اس اسٹیشن کی اجازت { $date } کو ختم ہو گئی۔ نئی درخواست شروع نہیں ہو سکتی؛ لیا ہوا سب محفوظ ہے اور بھیجا جائے گا۔ نیٹ ورک سے جوڑیں۔
notice-lease-used = نیٹ ورک کے بغیر جتنی درخواستوں کی اجازت تھی وہ پوری ہو گئیں۔ لیا ہوا سب محفوظ ہے اور بھیجا جائے گا۔ نیٹ ورک سے جوڑیں۔
notice-clock-forward = اس کمپیوٹر کی گھڑی بہت آگے ہے۔ نیا کام شروع نہیں ہو سکتا؛ لیا ہوا سب محفوظ ہے۔ گھڑی درست کریں۔
notice-lease-refused = مرکز کی ایک دستاویز رد کر دی گئی کیونکہ وہ پرانی ہے یا ادارے کی دستخط شدہ نہیں۔ کچھ نہیں بدلا۔ آئی ٹی کو بتائیں۔
notice-sign-in-first = پہلے سائن اِن کریں۔
notice-unknown-staff = یہ عملہ نمبر اس اسٹیشن پر درج نہیں۔ نمبر دیکھیں۔
notice-wrong-passphrase = پاس فریز غلط ہے۔ کچھ ضائع نہیں ہوا۔ بند ہونے سے پہلے باقی کوششیں: { $left }۔
notice-wait = اگلی کوشش سے پہلے { $seconds } سیکنڈ انتظار کریں۔
notice-locked = بہت سی غلط کوششوں کے بعد بند کر دیا گیا۔ مسودے محفوظ ہیں۔ سپروائزر یا مرکز اسے کھولے گا۔
notice-not-in-lease = اس عملہ نمبر کو اب اس اسٹیشن پر کام کی اجازت نہیں۔ مسودے محفوظ ہیں۔ سپروائزر سے بات کریں۔
notice-old-key-file = کلیدی فائل موجودہ اجازت کی نہیں۔ مسودے محفوظ ہیں۔ اسٹیشن دوبارہ فعال کریں۔
notice-key-file-damaged = کلیدی فائل خراب ہے۔ مسودے محفوظ ہیں۔ اسٹیشن دوبارہ فعال کریں۔
notice-idle-locked = کوئی موجود نہ تھا اس لیے بند کر دیا گیا۔ کھلا مسودہ مہر بند ہے؛ جاری رکھنے کے لیے سائن اِن کریں۔
notice-supervisors-only = جائزہ صرف سپروائزر لیتے ہیں۔
notice-own-work = کوئی اپنے کام کا جائزہ نہیں لیتا۔ دوسرا سپروائزر فیصلہ کرے گا۔
notice-no-supervisor = اس اسٹیشن پر کوئی دوسرا سپروائزر نہیں جو جائزہ لے۔ مسودہ محفوظ ہے۔ مرکز سے بات کریں۔
notice-officer-gone = وہ افسر اب اس اسٹیشن پر نہیں؛ واپس نہیں بھیجا جا سکتا۔ منظور کریں یا مسترد کریں۔
notice-moved-on = اس درخواست پر فیصلہ ہو چکا ہے۔ کچھ نہیں بدلا۔
notice-other-officer = یہ مسودہ دوسرے افسر کا ہے۔ کچھ نہیں بدلا۔
notice-not-addressed = یہ لفافہ کسی اور کے لیے مہر بند ہے۔ جوں کا توں محفوظ ہے۔
notice-envelope-damaged = یہ لفافہ خراب ہے اور کھل نہیں سکتا۔ جوں کا توں محفوظ ہے۔ آئی ٹی کو بتائیں۔
notice-too-large = تصویریں مہر بند کرنے کے لیے بہت بڑی ہیں۔ مسودہ محفوظ ہے۔ تصویر دوبارہ لیں۔
notice-sealing-failed = مہر بندی نہ ہو سکی۔ پہلے کا مہر بند سب محفوظ ہے۔ دوبارہ کوشش کریں، پھر کمپیوٹر دوبارہ چلائیں۔
notice-disk-full = ڈسک بھر گئی ہے۔ مہر بند سب محفوظ ہے؛ یہ آخری تبدیلی محفوظ نہیں ہوئی۔ جگہ خالی کریں، پھر جاری رکھیں۔
notice-disk-failed = ڈسک نے ڈیٹا قبول نہیں کیا۔ پہلے کا مہر بند سب محفوظ ہے۔ کام روکیں اور آئی ٹی کو بتائیں۔
notice-store-damaged = اسٹیشن کا ذخیرہ خراب ہے۔ اسے چھیڑا نہیں گیا؛ جو پڑھا جا سکتا ہے محفوظ ہے۔ کام روکیں اور آئی ٹی کو بتائیں۔
notice-store-in-use = اسٹیشن پہلے ہی دوسری ونڈو میں کھلا ہے۔ کچھ نہیں بدلا۔ وہی ونڈو استعمال کریں۔
notice-store-newer = ذخیرہ نئے ورژن کا ہے۔ کچھ نہیں بدلا۔ اس اسٹیشن کو اپ ڈیٹ کریں۔
notice-store-refused = ذخیرے نے انکار کیا: { $reason }۔ کچھ نہیں بدلا۔ دوبارہ کوشش کریں، پھر آئی ٹی کو بتائیں۔
notice-station-key-gone = اسٹیشن کی کلید نہیں ملی۔ مہر بند سب محفوظ ہے۔ اسٹیشن دوبارہ فعال کریں۔
notice-no-thread = کمپیوٹر کے وسائل ختم ہیں۔ کچھ ضائع نہیں ہوا۔ دوسرے پروگرام بند کر کے دوبارہ کوشش کریں۔
notice-models = چہرے کے ماڈل استعمال نہیں ہو سکتے: { $file }۔ لیا ہوا سب محفوظ ہے۔ اسٹیشن دوبارہ نصب کریں۔
notice-no-camera = براہِ راست تصویر نہیں آ رہی۔ مسودہ محفوظ ہے۔ کیمرہ دیکھیں۔
notice-camera-lost = کیمرہ درمیان میں رک گیا۔ کچھ نہیں لیا گیا؛ مسودہ محفوظ ہے۔ تار دیکھیں اور دوبارہ کوشش کریں۔
notice-no-face = تصویروں میں چہرہ نہیں ملا۔ دوبارہ کوشش کریں، یا وجہ لکھ کر لیں۔
notice-photo-failed = تصویر نہ بن سکی۔ مسودہ محفوظ ہے۔ دوبارہ کوشش کریں۔
notice-choose-reason = تمام شرطیں پوری نہیں۔ فہرست کے مطابق درست کریں، یا وجہ کے ساتھ لیں۔
notice-tries-left = ابھی کوششیں باقی ہیں۔ پہلے دوبارہ کوشش کریں، یا کوئی اور وجہ چنیں۔
notice-replay-refused = فائل سے لی گئی تصویریں یہاں منع ہیں۔ مسودہ محفوظ ہے۔ کیمرہ استعمال کریں۔
notice-link-alarm = مرکز کا جواب درست نہیں بیٹھتا ({ $reason })۔ کچھ نہیں مٹایا گیا۔ آئی ٹی کو بتائیں۔
notice-activation-code = مرکز نے کوڈ قبول نہیں کیا۔ کچھ نہیں بدلا۔ کوڈ دیکھیں؛ یہ ایک بار، ⁨24⁩ گھنٹے کے اندر چلتا ہے۔
notice-activation-unreachable = اس پتے پر مرکز سے رابطہ نہیں ہوا۔ کچھ نہیں بدلا۔ پتہ اور نیٹ ورک دیکھیں۔
notice-activation-foreign = یہ مرکز نہیں: اس کا سرٹیفکیٹ یا جواب اصلی نہیں۔ کچھ نہیں بھیجا گیا۔ آئی ٹی کو بتائیں۔
notice-activation-failed = فعال نہ ہو سکا ({ $reason })۔ کچھ نہیں بدلا۔ دوبارہ کوشش کریں، پھر آئی ٹی کو بتائیں۔
notice-link-not-built = یہ ورژن ابھی مرکز سے رابطہ نہیں کر سکتا۔ مہر بند سب اسی اسٹیشن پر محفوظ ہے۔ اسے صرف تربیت کے لیے استعمال کریں۔

link-online = رابطہ ہے
link-offline = رابطہ نہیں
link-paused = روکا ہوا
wait-paused = روکا ہوا
wait-supervisor = سپروائزر کا انتظار
