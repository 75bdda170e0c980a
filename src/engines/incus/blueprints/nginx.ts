import type { Application } from './application.ts';
import { ownWebRoot, phpExtensions } from './lamp.ts';
import { mariadb } from './mariadb.ts';

const site = `server {
  listen 80 default_server;
  listen [::]:80 default_server;
  listen 443 ssl default_server;
  listen [::]:443 ssl default_server;
  ssl_certificate /etc/ssl/certs/ssl-cert-snakeoil.pem;
  ssl_certificate_key /etc/ssl/private/ssl-cert-snakeoil.key;
  root /var/www/html;
  index index.php index.html index.nginx-debian.html;
  server_name _;

  location / {
    try_files $uri $uri/ =404;
  }
  location ~ \\.php$ {
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:/run/php/php-fpm.sock;
  }
}
`;

export const nginx: Application = {
  packages: ['nginx', 'php-fpm', 'ssl-cert', ...phpExtensions, ...mariadb.packages],
  files: { '/etc/nginx/sites-available/default': { text: site } },
  firstBoot: `${mariadb.firstBoot}${ownWebRoot}`,
  before: ['nginx.service'],
  after: [mariadb.service],
};
