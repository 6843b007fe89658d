// Every channel passes the same list.
import { channelSuite } from './channel-suite.ts';
import { slackSubject } from './slack-subject.ts';

channelSuite('slack, by socket', () => slackSubject('socket'));
channelSuite('slack, by signed callbacks', () => slackSubject('http'));
