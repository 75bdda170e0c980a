import type { Application } from './application.ts';
import { lamp } from './lamp.ts';
import { mariadb } from './mariadb.ts';

const aliases = `DocumentRoot /usr/share/wordpress
Alias /wp-content /var/lib/wordpress/wp-content
<Directory /usr/share/wordpress>
  Options FollowSymLinks
  AllowOverride Limit Options FileInfo
  DirectoryIndex index.php
  Require all granted
</Directory>
<Directory /var/lib/wordpress/wp-content>
  Options FollowSymLinks
  Require all granted
</Directory>
`;

const site = `<VirtualHost *:80>
${aliases}</VirtualHost>
<VirtualHost *:443>
SSLEngine on
SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
SSLCertificateKeyFile /etc/ssl/private/ssl-cert-snakeoil.key
${aliases}</VirtualHost>
`;

/** The site answers by whatever name or address it is asked for, as addresses of machines change. */
const config = `<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', trim(file_get_contents('/etc/wordpress/database-password')));
define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8mb4');
define('WP_CONTENT_DIR', '/var/lib/wordpress/wp-content');
$lateen_scheme = empty($_SERVER['HTTPS']) ? 'http' : 'https';
$lateen_host = isset($_SERVER['HTTP_HOST']) ? $_SERVER['HTTP_HOST'] : 'localhost';
define('WP_HOME', "$lateen_scheme://$lateen_host");
define('WP_SITEURL', WP_HOME);
require '/etc/wordpress/salts.php';
`;

/** What the installation page would do. The password comes on standard input. */
const install = `<?php
define('WP_INSTALLING', true);
require '/usr/share/wordpress/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
if (!is_blog_installed()) {
  wp_install('A new blog', 'user', 'user@localhost.localdomain', true, '', trim(stream_get_contents(STDIN)));
}
`;

const firstBoot = `
secret() { head -c 48 /dev/urandom | base64 -w 0 | tr '+/' 'AZ'; }
umask 027
secret > /etc/wordpress/database-password
for name in AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT; do
  echo "define('$name', '$(secret)');"
done | sed '1i <?php' > /etc/wordpress/salts.php
chgrp www-data /etc/wordpress/database-password /etc/wordpress/salts.php
umask 022
mariadb <<SQL
CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS wordpress@localhost;
ALTER USER wordpress@localhost IDENTIFIED BY '$(cat /etc/wordpress/database-password)';
GRANT ALL ON wordpress.* TO wordpress@localhost;
SQL
printf '%s' "$password" | php /usr/local/lib/lateen/install-wordpress.php
chown -R www-data:www-data /var/lib/wordpress/wp-content
ln -sfn /var/lib/wordpress/wp-content "$home/wp-content"
`;

/** Who administers it is called `user`, as the guides say. */
export const wordpress: Application = {
  ...lamp,
  packages: [...lamp.packages, 'wordpress', 'wordpress-theme-twentytwentythree'],
  files: {
    '/etc/apache2/sites-available/wordpress.conf': { text: site },
    '/etc/wordpress/config-default.php': { text: config },
    '/usr/local/lib/lateen/install-wordpress.php': { text: install },
  },
  setUp: `
a2enmod --quiet rewrite ssl
a2dissite --quiet 000-default
a2ensite --quiet wordpress
`,
  firstBoot: `${mariadb.firstBoot}${firstBoot}`,
};
