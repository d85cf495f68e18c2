"""The top-level categories offered as 대표카테고리: only a label, without effect at TMON."""

TOP_LEVEL = (
    "패션의류",
    "패션잡화",
    "뷰티",
    "식품·건강",
    "출산·유아동",
    "생활·주방",
    "가구·홈데코",
    "가전·컴퓨터",
    "스포츠·레저",
    "자동차·공구",
    "도서·문구",
    "반려동물",
    "여행·티켓",
    "기타",
)
