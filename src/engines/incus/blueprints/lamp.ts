import type { Application } from './application.ts';
import { mariadb } from './mariadb.ts';

/** Extensions that PHP applications expect. */
export const phpExtensions = ['cli', 'curl', 'gd', 'intl', 'mbstring', 'mysql', 'xml', 'zip'].map(
  (name) => `php-${name}`,
);

/** Files of the web server belong to who logs in; the server may read them. */
export const ownWebRoot = `
chown -R "$user:www-data" /var/www/html
chmod 2775 /var/www/html
ln -sfn /var/www/html "$home/htdocs"
`;

export const lamp: Application = {
  packages: ['apache2', 'libapache2-mod-php', 'ssl-cert', ...phpExtensions, ...mariadb.packages],
  setUp: `
a2enmod --quiet rewrite ssl
a2ensite --quiet default-ssl
`,
  firstBoot: `${mariadb.firstBoot}${ownWebRoot}`,
  before: ['apache2.service'],
  after: [mariadb.service],
};
