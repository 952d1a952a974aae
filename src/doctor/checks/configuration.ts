import type { Check } from '../context.ts';
import { fault, good } from '../finding.ts';

/** The TOML file: whether there is one, whether it can be used, every wrong key by name. */
export const configurationCheck: Check = {
  name: 'configuration',
  run: ({ configState: state }) => {
    switch (state.kind) {
      case 'none':
        return [
          fault('configuration', {
            found: `no file was named, and there is none at ${state.usual}`,
            cause: 'this machine has not been made a station yet',
            next: 'make one: chot doctor prints the steps and a file to begin with; or name it with --config',
          }),
        ];
      case 'unreadable':
        return [
          fault(`configuration ${state.file}`, {
            found: state.isDenied ? 'it may not be read by this user' : 'there is no such file',
            cause: state.isDenied ? 'it belongs to another user' : 'the name is mistyped',
            next: state.isDenied
              ? `sudo chot doctor --config ${state.file}`
              : `ls -l ${state.file}; name the station's TOML file with --config`,
          }),
        ];
      case 'wrong':
        return state.problems.map((problem) =>
          fault(`configuration ${state.file}`, {
            found: problem,
            cause:
              'the file was edited by hand, or is of another version; the station does not start with it',
            next: `mend that key (docs/operations.md, "Configuration"), then: chot doctor --config ${state.file}`,
          }),
        );
      case 'good':
        return [
          good(
            'configuration',
            `${state.file}: station ${state.config.station.id}, ${state.config.lane.length === 1 ? '1 lane' : `${state.config.lane.length} lanes`}`,
          ),
        ];
      default:
        return state satisfies never;
    }
  },
};
