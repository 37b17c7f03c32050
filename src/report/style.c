/* The page's style sheet: one column of text like a newspaper's, figures that fill it.
 *
 * Colours are variables with three sets (light, dark, paper), so that figures drawn
 * once are right in all of them. Blue is the diary's voice, grey what was known before;
 * red is used for nothing but "see a doctor". All text reaches 4.5:1 on its ground.
 * Figures come in a wide and a narrow drawing, and the width picks one: scaling one
 * picture to a phone would make its words unreadable. */
#include "report/fig.h"

#include <stddef.h>

/* clang-format off */
const char *const gs_fig_css[] = {
":root{color-scheme:light dark;"
"--paper:#fdfcf9;--card:#f5f2ea;--ink:#1b1a18;--soft:#5d5a53;--rule:#dcd8cd;--grid:#ebe8df;"
"--post:#0a5a9e;--post90:#c3d9ee;--post50:#82afd6;"
"--prior:#55524b;--prior90:#dcd7ca;--prior50:#b3ad9e;"
"--entry:#2a2825;--gap:#f0ede4;--alarm:#9f1d14;--alarmbg:#fdeeec;--mark:#6a4a00;--markbg:#fdf3d7;"
"--serif:Charter,'Iowan Old Style','Source Serif 4','Palatino Linotype',Georgia,'DejaVu Serif Condensed',serif;"
"--sans:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Liberation Sans',Arial,'DejaVu Sans Condensed',sans-serif}\n",
"@media screen and (prefers-color-scheme:dark){:root{"
"--paper:#151719;--card:#1e2124;--ink:#ebe8e1;--soft:#b0aca3;--rule:#3a3d41;--grid:#25282b;"
"--post:#8cc4f5;--post90:#234a6f;--post50:#3b78b3;"
"--prior:#b9b4a8;--prior90:#3d4146;--prior50:#686c71;"
"--entry:#e4e1da;--gap:#1d2023;--alarm:#ffb3aa;--alarmbg:#3a1411;--mark:#f2d48a;--markbg:#352a10}}\n",
"*{box-sizing:border-box}"
"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}"
"body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.58 var(--sans);"
"overflow-wrap:break-word}"
"main,footer{max-width:46rem;margin:0 auto;padding:0 1.25rem}"
"h1,h2,h3{font-family:var(--serif);line-height:1.22;font-weight:700;text-wrap:balance}"
"h1{font-size:2.3rem;letter-spacing:-.01em;margin:.3rem 0 1rem}"
"h2{font-size:1.5rem;margin:3.4rem 0 .5rem;padding-top:1rem;border-top:2px solid var(--ink)}"
"h3{font-size:1.125rem;margin:0 0 .1rem}"
"p{margin:0 0 .9rem}a{color:var(--post)}"
".kicker{font-size:.875rem;color:var(--soft);margin:2.2rem 0 0;letter-spacing:.01em}"
".kicker b{color:var(--ink)}"
".lede{font-family:var(--serif);font-size:1.32rem;line-height:1.45;margin-bottom:1.4rem}"
".soft,figcaption,.small{color:var(--soft);font-size:.9rem;line-height:1.5}"
"figure{margin:1.2rem 0 1.6rem}figcaption{margin-top:.5rem}\n",
/* boxes */
".alarm{border:3px solid var(--alarm);background:var(--alarmbg);border-radius:6px;"
"padding:1.1rem 1.3rem .4rem;margin:1.6rem 0 0}"
".alarm h2{border:0;padding:0;margin:0 0 .6rem;color:var(--alarm);font-size:1.7rem}"
".alarm h3{font-family:var(--sans);font-size:1.06rem}"
".mark{background:var(--markbg);color:var(--mark);border-radius:6px;padding:.65rem 1rem;"
"margin:1.6rem 0 0;font-size:.95rem}"
".failed{border:2px solid var(--mark);background:var(--markbg);border-radius:6px;"
"padding:1rem 1.2rem .2rem;margin:1.2rem 0 1.8rem}.failed h2{border:0;padding:0;margin:0 0 .4rem;"
"color:var(--mark);font-size:1.35rem}"
".try{background:var(--card);border-left:4px solid var(--post);border-radius:0 6px 6px 0;"
"padding:1.1rem 1.3rem .5rem;margin:1rem 0 1.2rem}.try h3{font-size:1.25rem;margin-bottom:.5rem}"
".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.2rem,1fr));gap:.9rem 1.4rem;"
"margin:0 0 .6rem;padding:0}"
".facts div{border-top:1px solid var(--rule);padding-top:.45rem}"
".facts dt{font-size:.84rem;color:var(--soft);line-height:1.35}"
".facts dd{margin:0;font:700 1.3rem/1.3 var(--serif)}\n",
/* levers */
".lever{border-top:1px solid var(--rule);padding:1.15rem 0 .35rem}"
".lever header{display:flex;justify-content:space-between;align-items:flex-start;gap:1.2rem}"
".change{color:var(--soft);font-size:.95rem;margin:0}"
".taught{flex:none;width:8.6rem;text-align:right;font-size:.84rem;color:var(--soft);line-height:1.35}"
".taught b{display:block;font:700 1.45rem/1.1 var(--serif);color:var(--post)}"
".meter{display:block;height:5px;background:var(--prior90);border-radius:3px;margin:.3rem 0 .25rem;overflow:hidden}"
".meter i{display:block;height:100%;background:var(--post)}"
".belief{display:grid;grid-template-columns:4.1rem 1fr;column-gap:.6rem;margin:.8rem 0 .7rem}"
".rows{display:grid;grid-template-rows:repeat(auto-fit,26px);font-size:.84rem;line-height:26px;text-align:right}"
".rows .b{color:var(--prior)}.rows .a{color:var(--post);font-weight:600}"
".strip{display:block;width:100%;overflow:visible}"
".zeroname{grid-column:2;position:relative;height:1.25rem;font-size:.8rem;line-height:1.25rem}"
".zeroname span{position:absolute;transform:translateX(-50%);white-space:nowrap}"
".ends{grid-column:2;display:flex;justify-content:space-between;gap:1rem;font-size:.8rem;"
"color:var(--soft);line-height:1.3;padding-top:.25rem}.ends span:last-child{text-align:right}"
".rows{grid-column:1}figcaption .b{color:var(--prior)}figcaption .a{color:var(--post)}"
".belief figcaption{grid-column:1/-1}"
".key{display:inline-block;width:1.9em;height:.72em;border-radius:2px;margin:0 .1em;vertical-align:-.02em}"
".k90{background:var(--post90)}.k50{background:var(--post50)}.kg90{background:var(--prior90)}.kg50{background:var(--prior50)}"
".kgap{background:var(--gap);outline:1px solid var(--rule)}\n",
/* lists, tables, details */
"ul{padding-left:1.15rem;margin:.3rem 0 .9rem}li{margin:0 0 .55rem}"
".found{list-style:none;padding:0}.found li{margin-bottom:.85rem}"
".src{display:block;color:var(--soft);font-size:.87rem;line-height:1.45}"
"details{margin:.3rem 0 .9rem}"
"summary{cursor:pointer;color:var(--post);font-size:.93rem;padding:.3rem 0}"
"summary:focus-visible,.scroll:focus-visible,a:focus-visible{outline:3px solid var(--post);outline-offset:2px}"
".scroll{overflow-x:auto;margin:.4rem 0 1rem}"
"table{border-collapse:collapse;font-size:.86rem;line-height:1.35;font-variant-numeric:tabular-nums}"
"caption{text-align:left;color:var(--soft);padding-bottom:.4rem}"
"th,td{text-align:right;padding:.32rem .55rem;border-bottom:1px solid var(--rule);white-space:nowrap}"
"th:first-child,td:first-child{text-align:left;padding-left:0}thead th{vertical-align:bottom;color:var(--soft);font-weight:600}"
"tbody th{font-weight:400}"
"footer{margin-top:3.4rem;padding-top:1rem;padding-bottom:3rem}footer>div{border-top:2px solid var(--ink);padding-top:1rem}\n",
/* figures */
".pic{display:block;width:100%;height:auto;overflow:visible}.narrow{display:none}"
".pic text{font-family:var(--sans);font-size:12.5px;fill:var(--ink)}"
".pic .tick,.pic .unit,.pic .soft{fill:var(--soft)}.pic .strong{font-weight:600}"
".pic .name{font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}.pic .fitname{fill:var(--post)}"
".grid{stroke:var(--grid);stroke-width:1}.base{stroke:var(--soft);stroke-width:1}"
".gap{fill:var(--gap)}"
".fit90,.post90{fill:var(--post90)}.fit50,.post50{fill:var(--post50)}"
".fit{fill:none;stroke:var(--post);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
".join{fill:none;stroke:var(--entry);stroke-width:.7;opacity:.28}"
".entry{fill:var(--entry);fill-opacity:.82}"
".today{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:3 3}"
".prior90{fill:var(--prior90)}.prior50{fill:var(--prior50)}"
".strip line{vector-effect:non-scaling-stroke}"
".zero{stroke:var(--ink);stroke-width:1.3}"
".priormid{stroke:var(--prior);stroke-width:2.4}.postmid{stroke:var(--post);stroke-width:2.8}\n",
"@media (max-width:35rem){body{font-size:1rem}main,footer{padding-left:1rem;padding-right:1rem}"
"h1{font-size:1.75rem}h2{font-size:1.32rem;margin-top:2.6rem}.lede{font-size:1.16rem}"
".wide{display:none}.narrow{display:block}.taught{width:6.4rem}"
".belief{grid-template-columns:3.1rem 1fr;column-gap:.5rem}.alarm h2{font-size:1.45rem}}\n",
"@media print{:root{--paper:#fff;--card:#fff;--gap:#f4f4f2}@page{size:A4;margin:16mm 15mm}"
"html{font-size:12.4px}body{font-size:1.06rem;line-height:1.42}main,footer{max-width:none;padding:0}"
"h2{margin-top:1.7rem;padding-top:.7rem;break-after:avoid}h3{break-after:avoid}.kicker{margin-top:.8rem}"
"footer{margin-top:1.7rem;padding-bottom:0}.pic text{font-size:11.5px}"
"figure,.lever,.try,.alarm,.mark,.failed,.found li,.scroll{break-inside:avoid}"
".studies .lever{break-inside:auto}h2+p{break-after:avoid}p{break-inside:avoid}"
".wide{display:block}.narrow{display:none}"
"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
"details::details-content{content-visibility:visible}details.long{display:none}"
"summary{color:var(--soft);list-style:none}a{color:inherit;text-decoration:none}"
"table{font-size:.8rem}.scroll{overflow:visible}th,td{padding:.16rem .3rem}}\n",
NULL};
/* clang-format on */
