async ([target, text, isOwn]) => {
  const json = { 'content-type': 'application/json' };
  const presentation = JSON.stringify({ text, via: 'typed' });
  const action = JSON.stringify({ action: 'mode-release', ordinal: null, reason: 'stolen' });
  const lane = `${target}/api/v1/lanes/lane-1`;

  async function fetched(url, init) {
    try {
      const answer = await fetch(url, { credentials: 'include', ...init });
      return answer.ok ? await answer.text() : 'nothing';
    } catch {
      return 'nothing';
    }
  }

  function loaded(kind, url) {
    return new Promise((resolve) => {
      const element = document.createElement(kind);
      element.onload = () => resolve('loaded');
      element.onerror = () => resolve('nothing');
      element.src = url;
      document.body.append(element);
    });
  }

  function streamed(url) {
    return new Promise((resolve) => {
      const source = new EventSource(url, { withCredentials: true });
      source.addEventListener('open', () => resolve('open'));
      source.addEventListener('error', () => resolve('nothing'));
    });
  }

  const posts = { method: 'POST', headers: json };
  return {
    read: await fetched(`${target}/api/v1/lanes`, {}),
    readBlind: await fetched(`${target}/api/v1/lanes`, { mode: 'no-cors' }),
    present: await fetched(`${lane}/presentations`, { ...posts, body: presentation }),
    presentBlind: await fetched(`${lane}/presentations`, {
      method: 'POST',
      mode: 'no-cors',
      body: presentation,
    }),
    act: await fetched(`${lane}/actions`, { ...posts, body: action }),
    actBlind: await fetched(`${lane}/actions`, { method: 'POST', mode: 'no-cors', body: action }),
    // Without a camera the own page's preview never ends.
    preview: isOwn ? 'not tried' : await loaded('img', `${lane}/preview`),
    picture: await loaded('img', `${target}/gate.svg`),
    script: await loaded('script', `${target}/api/v1/openapi.json`),
    events: await streamed(`${target}/api/v1/events`),
    outward: await streamed(`${lane}/outward`),
  };
};
