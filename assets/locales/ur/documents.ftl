# What stands on paper, in Urdu.

slip-title = وصولی کی رسید
slip-tracking = ٹریکنگ نمبر
slip-name = درخواست گزار کا نام
slip-kind = درخواست
slip-when = تاریخ اور وقت
slip-where = دفتر اور کاؤنٹر
slip-where-value = { $office }، کاؤنٹر { $station }
slip-next-title = اب کیا ہو گا
slip-next = اس دفتر کا نگران آپ کی درخواست جانچے گا۔ پھر یہ قومی مرکز کو بھیجی جائے گی، جو اسے محفوظ رکھے گا اور جواب دے گا۔ یہ رسید سنبھال کر رکھیں: ٹریکنگ نمبر { $tracking } سے یہ دفتر بتا سکتا ہے کہ درخواست کہاں تک پہنچی ہے۔
slip-not-proof = یہ رسید شناختی کارڈ نہیں اور شناخت کا ثبوت نہیں۔ کوڈ میں صرف ٹریکنگ نمبر ہے۔
slip-code = ٹریکنگ نمبر { $tracking } کا کوڈ
