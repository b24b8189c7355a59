// What the browser does by itself: colours, the age of live figures, copying, and words for a lost connection.
(() => {
  'use strict';

  // Colours: applied at once, kept for a year in a cookie that the server reads before it writes the first byte.
  document.addEventListener('change', event => {
    if (event.target.name !== 'theme' || event.target.type !== 'radio') return;
    const theme = event.target.value;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
  });

  // Age: counted from when a new value arrived here, so that the clocks of server and browser need not agree.
  const arrivals = new WeakMap();
  const tell = seconds => seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
  setInterval(() => {
    for (const mark of document.querySelectorAll('[data-age-of]')) {
      const known = arrivals.get(mark);
      if (known?.value !== mark.dataset.ageOf) arrivals.set(mark, { value: mark.dataset.ageOf, at: performance.now() });
      mark.textContent = ` · updated ${tell(Math.round((performance.now() - arrivals.get(mark).at) / 1000))} ago`;
    }
  }, 1000);

  // Copying: the button says that it did, for as long as one looks.
  document.addEventListener('click', async event => {
    const button = event.target.closest?.('[data-copy]');
    if (!button) return;
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const field = button.parentElement.querySelector('input');
      field?.select();
      document.execCommand('copy');
    }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  });

  // A lost connection: the framework sets a class, the words follow it.
  const modal = document.getElementById('components-reconnect-modal');
  if (!modal) return;
  const part = name => modal.querySelector(`[data-reconnect="${name}"]`);
  const say = (words, retry, reload) => {
    part('words').textContent = words;
    part('retry').hidden = !retry;
    part('reload').hidden = !reload;
  };
  let typed = false;
  document.addEventListener('input', event => { typed ||= event.target.name !== 'theme'; });
  const follow = () => {
    if (modal.classList.contains('components-reconnect-show')) say('Connecting again… What you entered is kept.', false, false);
    else if (modal.classList.contains('components-reconnect-failed')) say('The connection is lost. What you entered is still on the page.', true, true);
    else if (modal.classList.contains('components-reconnect-rejected')) {
      // The server has forgotten this page. What was typed could not be sent any more, but can still be copied.
      if (!typed) location.reload();
      else say('The server was restarted. Copy what you entered, then load the page again.', false, true);
    } else say('', false, false);
  };
  new MutationObserver(follow).observe(modal, { attributes: true, attributeFilter: ['class'] });

  const retry = async () => {
    say('Connecting again…', false, false);
    try {
      // The script of .NET 9 has no resumeCircuit.
      const isBack = await Blazor.reconnect() || (Blazor.resumeCircuit && await Blazor.resumeCircuit());
      if (!isBack) location.reload();
    } catch {
      say('The server cannot be reached. What you entered is still on the page.', true, true);
    }
  };
  part('retry').addEventListener('click', retry);
  part('reload').addEventListener('click', () => location.reload());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && modal.classList.contains('components-reconnect-failed')) retry();
  });
})();
