import type { Application } from './application.ts';
import { ownWebRoot } from './lamp.ts';

/** Off until `sudo a2ensite node` puts it before a program on port 3000. */
const site = `<VirtualHost *:80>
  ProxyPreserveHost On
  ProxyPass / http://127.0.0.1:3000/
  ProxyPassReverse / http://127.0.0.1:3000/
</VirtualHost>
`;

export const nodejs: Application = {
  packages: ['nodejs', 'npm', 'git', 'apache2', 'ssl-cert'],
  files: { '/etc/apache2/sites-available/node.conf': { text: site } },
  setUp: `
a2enmod --quiet proxy proxy_http proxy_wstunnel rewrite ssl
a2ensite --quiet default-ssl
`,
  firstBoot: ownWebRoot,
  before: ['apache2.service'],
};
