/** The database that most applications come with. */
export const mariadb = {
  packages: ['mariadb-server', 'mariadb-client'],
  service: 'mariadb.service',
  /** root logs in from its own account as before, and from elsewhere on the machine with $password. */
  firstBoot: `
mariadb -e "ALTER USER root@localhost IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('$password')"
`,
} as const;
