import type { Application } from './application.ts';
import { mariadb } from './mariadb.ts';

const tls = `
  SSLEngine on
  SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
  SSLCertificateKeyFile /etc/ssl/private/ssl-cert-snakeoil.key`;

const site = (port: number, more = ''): string => `<VirtualHost *:${port}>${more}
  WSGIScriptAlias / /opt/project/project/wsgi.py
  Alias /static /opt/project/static
  <Directory /opt/project>
    Require all granted
  </Directory>
</VirtualHost>
`;

const firstBoot = `
if [ ! -e /opt/project/manage.py ]; then
  mkdir -p /opt/project
  django-admin startproject project /opt/project
fi
cat > /opt/project/project/local.py <<'PY'
from .settings import *
ALLOWED_HOSTS = ['*']
STATIC_ROOT = '/opt/project/static'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/opt/project/data/db.sqlite3'}}
PY
sed -i 's/project\\.settings/project.local/' /opt/project/manage.py /opt/project/project/wsgi.py
mkdir -p /opt/project/data
cd /opt/project
python3 manage.py migrate --verbosity 0
python3 manage.py collectstatic --noinput --verbosity 0
python3 manage.py shell <<PY
from django.contrib.auth.models import User
user, _ = User.objects.get_or_create(username='user', defaults={'is_staff': True, 'is_superuser': True})
user.set_password('$password')
user.save()
PY
chown -R "$user:www-data" /opt/project
chmod -R g+w /opt/project/data
ln -sfn /opt/project "$home/project"
`;

/** A project in /opt/project behind Apache, with a file as its database; MariaDB is there for those that want it. */
export const django: Application = {
  packages: [
    ...['python3-django', 'python3-mysqldb', 'python3-pip', 'python3-venv', 'libjs-jquery'],
    ...['apache2', 'libapache2-mod-wsgi-py3', 'ssl-cert', ...mariadb.packages],
  ],
  files: {
    '/etc/apache2/sites-available/django.conf': { text: `WSGIPythonPath /opt/project\n${site(80)}${site(443, tls)}` },
  },
  setUp: `
a2enmod --quiet ssl
a2dissite --quiet 000-default
a2ensite --quiet django
`,
  firstBoot: `${mariadb.firstBoot}${firstBoot}`,
  before: ['apache2.service'],
  after: [mariadb.service],
};
