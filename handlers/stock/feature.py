"""Stock by SKU: lists, forms, files, mismatches."""

from handlers.feature import SlackFeature
from handlers.stock import forms, link_files, lists, messages, renderers, samples
from handlers.stock.ids import StockAction, StockView
from handlers.subcommands import Subcommand

FEATURE = SlackFeature(
    name="stock",
    tasks=dict.fromkeys(("mismatch", "refused", "display", "sale"), "stock"),
    subcommands=(Subcommand("stock", ("재고",), lists.command, on_store=3, synonyms=("sku", "재고관리")),),
    actions={
        StockAction.PAGE: lists.turn_page,
        StockAction.SYNC: lists.sync_now,
        StockAction.UNMAPPED: lists.show_unmapped,
        StockAction.MAP: lists.open_map,
        StockAction.UPLOAD: forms.open_upload,
        StockAction.PASTE: forms.open_paste,
        StockAction.ADD: forms.open_sku,
        StockAction.EDIT: forms.open_sku,
        StockAction.REMOVE: forms.remove,
        StockAction.OPEN_LIST: lists.open_list,
        StockAction.SAMPLE: forms.send_sample,
        StockAction.LINK_FILE: link_files.send_file,
        StockAction.LINK_UPLOAD: link_files.open_upload,
        StockAction.KEEP_OURS: messages.keep_ours,
        StockAction.KEEP_TMON: messages.keep_tmon,
    },
    options={StockAction.FIND_SKU: lists.find_skus},
    submissions={
        StockView.LIST: lists.search,
        StockView.MAP: lists.save_map,
        StockView.UPLOAD: forms.uploaded,
        StockView.PREVIEW: forms.apply_file,
        StockView.LINK_UPLOAD: link_files.uploaded,
        StockView.LINK_PREVIEW: link_files.apply,
        StockView.PASTE: forms.pasted,
        StockView.SKU: forms.save_sku,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
