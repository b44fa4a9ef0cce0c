"""What the page of an explanation does: a cause filters both pictures, arrows walk, details are shown."""

from typing import Final

SCRIPT: Final = """
(()=>{
const doc=document,find=s=>[...doc.querySelectorAll(s)],rule=doc.getElementById('filter'),
said=doc.getElementById('said'),panel=doc.getElementById('panel');
let chosen='';
function choose(cause){
  chosen=chosen===cause?'':cause;
  for(const b of find('button[data-cause]')){
    const on=b.dataset.cause===chosen;
    b.setAttribute('aria-pressed',on);
    b.closest('tr').classList.toggle('on',on);
  }
  const not=`:not([data-k~="${chosen}"])`;
  const hide=`.line[data-k]${not}{display:none}.track i${not}{opacity:.12}.node${not}{opacity:.18}`;
  rule.textContent=chosen?hide:'';
  const lines=find('.line[data-k]'),marks=find('.track i');
  const kept=list=>chosen?list.filter(e=>e.dataset.k.split(' ').includes(chosen)).length:list.length;
  const count=`${kept(marks)} calls of ${kept(lines)} conversations`;
  said.textContent=chosen?`${chosen}: ${count}. Esc shows all.`:'';
}
for(const b of find('button[data-cause]'))b.addEventListener('click',()=>choose(b.dataset.cause));
function show(e){
  panel.replaceChildren(...e.title.split('\\n').map(line=>{
    const p=doc.createElement('p');p.textContent=line;return p}));
  panel.hidden=false;
}
function visible(e){return e.getClientRects().length>0&&(!chosen||e.dataset.k.split(' ').includes(chosen))}
for(const group of find('.rove')){
  const items=()=>[...group.querySelectorAll('.node,.track i')];
  const first=items()[0];
  if(first)first.tabIndex=0;
  group.addEventListener('click',e=>{
    const hit=e.target.closest('.node,.track i');
    if(hit){hit.tabIndex=0;hit.focus();show(hit)}
  });
  group.addEventListener('focusin',e=>{if(e.target.matches('.node,.track i'))show(e.target)});
  group.addEventListener('keydown',e=>{
    const steps={ArrowRight:1,ArrowLeft:-1,ArrowDown:0,ArrowUp:0,Home:0,End:0};
    if(!(e.key in steps))return;
    const all=items().filter(visible),at=all.indexOf(doc.activeElement);
    if(!all.length)return;
    let next;
    if(e.key==='Home')next=all[0];
    else if(e.key==='End')next=all[all.length-1];
    else if(steps[e.key])next=all[at+steps[e.key]];
    else{
      const here=doc.activeElement.getBoundingClientRect(),down=e.key==='ArrowDown';
      const x=here.left+here.width/2;
      let best=Infinity;
      for(const other of all){
        const box=other.getBoundingClientRect(),dy=(down?box.top-here.top:here.top-box.top);
        if(dy<4)continue;
        const far=dy*1e4+Math.abs(box.left+box.width/2-x);
        if(far<best){best=far;next=other}
      }
    }
    e.preventDefault();
    if(!next)return;
    if(at>=0)doc.activeElement.tabIndex=-1;
    next.tabIndex=0;next.focus();
  });
}
doc.addEventListener('keydown',e=>{
  if(e.key!=='Escape')return;
  if(!panel.hidden)panel.hidden=true;
  else if(chosen)choose(chosen);
});
})();
"""
