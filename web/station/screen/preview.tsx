import { useEffect, useRef, useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { laneTitle } from './lane-name.ts';
import { useUi } from './ui.ts';

const RETRY_MS = 3_000;

type Props = { readonly lane: LaneView; readonly dead: boolean };

/** The camera's view, only while somebody can see it: the station encodes pictures for watchers alone. */
export function Preview({ lane, dead }: Props) {
  const { t, clock, previewUrl } = useUi();
  const visible = useVisible();
  const [attempt, setAttempt] = useState(0);
  const [failed, setFailed] = useState(false);
  const cameras = lane.devices.filter(({ kind }) => kind === 'camera');
  const online = cameras.some(({ state }) => state === 'online');
  const url = previewUrl(lane.id);
  useEffect(() => {
    if (!failed) return undefined;
    return clock.after(RETRY_MS, () => {
      setFailed(false);
      setAttempt((times) => times + 1);
    });
  }, [failed, clock]);

  if (cameras.length === 0 || url === null) return null;
  const shown = visible && online && !dead && !failed;
  return (
    <figure class="preview">
      {shown ? (
        <LivePicture
          key={attempt}
          url={attempt === 0 ? url : `${url}?again=${attempt}`}
          alt={t('preview.alt', { name: laneTitle(lane.name, t) })}
          onError={() => setFailed(true)}
        />
      ) : (
        <figcaption>{t('preview.off')}</figcaption>
      )}
    </figure>
  );
}

type PictureProps = { readonly url: string; readonly alt: string; readonly onError: () => void };

/** An endless answer goes on until its address is taken away; leaving the page's tree does not end it. */
function LivePicture({ url, alt, onError }: PictureProps) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const shown = image.current;
    return () => shown?.removeAttribute('src');
  }, []);
  return <img ref={image} src={url} alt={alt} width={640} height={360} onError={onError} />;
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState === 'visible');
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return visible;
}
