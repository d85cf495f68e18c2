"""The guide: becoming a partner, documents, the API key, registration."""

TEXTS = {
    "guide.title": "TMON guide",
    "guide.join": "Become a partner",
    "guide.join_what": "The TMON API is for sellers of the *TMON partner centre* (티몬 파트너센터). The centre itself has the details.",
    "guide.join_kinds": "*Are you a delivery-goods partner?*\nThere are `delivery-goods partners` (배송상품 파트너) and `travel/O2O partners` (여행·O2O상품 파트너). This app serves *delivery-goods partners* only; a travel/O2O key does not work.",
    "guide.join_steps": "*Joining*\n1. Join as a TMON open market partner\n2. Enter the business details\n3. Enter the operating details\n4. Hand in the documents of the customer check (see `Documents`)",
    "guide.documents": "Documents",
    "guide.documents_all": "*Everybody*\n• Business registration certificate (사업자등록증): issued within a year, matching the mail-order business registration\n• Seal certificate (인감증명서): issued within 3 months, last 7 digits of the resident number covered (not needed with mobile identity verification)\n• If an agent acts, one of: certificate of employment, staff card, health insurance card that names the employer (family: family relation certificate)",
    "guide.documents_person": "*Sole proprietors*\n• Korean: seal certificate (not needed with mobile identity verification)\n• Foreign: copy of the passport, and of the residence or alien registration card (both sides)",
    "guide.documents_company": "*Companies*\n• Corporate register (법인등기부등본): with deleted entries, issued within 3 months\n• List of shareholders (list of contributors for unlisted companies without shares)\n• Limited companies (유한회사): list of contributors that shows the shares",
    "guide.documents_public": "*Non-profit and public bodies*\n• Corporate register: with deleted entries, issued within 3 months\n• Articles or rules that show the purpose of foundation",
    "guide.key": "Get the API key",
    "guide.key_verified": "⚠️ *TMON issues no API key before the business is verified.* Please finish the business verification first.",
    "guide.key_steps": "1. Log in to the TMON partner centre.\n2. Press your ID at the top right, then the button with *your company's name*.\n3. Go to *[나의 정보 확인]* in the menu.\n4. Press *[API KEY]* at the top of [나의 정보 관리].\n5. Press *[조회]* (show) or *[발급]* (issue).\n6. Copy the API key that is shown.",
    "guide.key_care": "The API key is like a password. Do not paste it into a channel or a direct message, only into the form of `/tmon setup`.",
    "guide.register": "Register the store",
    "guide.register_steps": "`/tmon setup` registers a store in three steps.\n1. *API details*: seller ID, store name, API key, main category\n2. *Contact*: who hears of trouble\n3. *Sync settings*: automatic confirmation, which APIs to use, the channel",
    "guide.register_fields": "• Register *each* TMON account separately.\n• The main category is a label only.\n• The settlement cycle is fixed to monthly.",
    "guide.register_after": "Saving asks TMON about the key at once. A valid key is *approved*; otherwise the store *waits for approval* with the reason, and is approved when you save corrected settings.",
}
