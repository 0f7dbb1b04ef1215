-- Who may do what in a shared book of oneoff-batch, on PostgreSQL.
--
-- Run it as the role that owns the tables of the book and may create roles, after the book was made and after each
-- "oneoff-batch book migrate"; running it again changes nothing:
--     oneoff-batch book grants > grants.sql
--     psql postgresql://OWNER@SERVER/DATABASE --set ON_ERROR_STOP=1 --file grants.sql
-- Then give each person a login of their own, and what they do:
--     CREATE ROLE anna LOGIN PASSWORD '...';
--     GRANT oneoff_uploader TO anna;
--
--   oneoff_auditor     reads everything, and can write nothing
--   oneoff_uploader    drafts, replaces, refreshes, holds and archives; drafts credit notes
--   oneoff_reviewer    approves, declines, holds, opens
--   oneoff_finalizer   makes invoices final, and enters payments
--
-- Nobody of them can drop a table or a trigger, change what is final, or change an entry of the audit chain. Who owns the
-- tables can: nobody should work under that role.

BEGIN;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['oneoff_auditor', 'oneoff_uploader', 'oneoff_reviewer', 'oneoff_finalizer'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
    IF NOT pg_has_role(name, 'oneoff_auditor', 'MEMBER') THEN
      EXECUTE format('GRANT oneoff_auditor TO %I', name);
    END IF;
  END LOOP;
  EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', current_schema());
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', current_schema());
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO oneoff_auditor', current_schema());
END $$;

GRANT SELECT ON alembic_version, batch, document, invoice, line, tax, payment, series, entry TO oneoff_auditor;

GRANT INSERT ON batch, document, invoice, line, tax, entry TO oneoff_uploader;
GRANT DELETE ON line, tax TO oneoff_uploader;

GRANT UPDATE (status, on_hold, released_at, approval, approved_by, approved_at, approval_reason) ON invoice
  TO oneoff_uploader, oneoff_reviewer;
GRANT INSERT ON entry TO oneoff_reviewer;

GRANT UPDATE (status, on_hold, number, period, counter, invoice_date, due_date, final_at, final_by) ON invoice
  TO oneoff_finalizer;
GRANT INSERT, UPDATE, DELETE ON series TO oneoff_finalizer;
GRANT INSERT ON entry, payment, document TO oneoff_finalizer;

-- An uploader may write a draft anew: every column of its content, and none of those that make it final.
DO $$
BEGIN
  EXECUTE (
    SELECT format('GRANT UPDATE (%s) ON invoice TO oneoff_uploader', string_agg(quote_ident(attname), ', '))
    FROM pg_attribute
    WHERE attrelid = 'invoice'::regclass AND attnum > 0 AND NOT attisdropped
      AND attname NOT IN ('id', 'batch', 'position', 'number', 'period', 'counter', 'final_at', 'final_by', 'credits_id')
  );
END $$;

-- What a grant cannot say: which value a column may get from whom.
CREATE OR REPLACE FUNCTION oneoff_invoice_by_role() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moves constant text[] := ARRAY['status', 'on_hold', 'released_at', 'approval', 'approved_by', 'approved_at',
    'approval_reason', 'number', 'period', 'counter', 'invoice_date', 'due_date', 'final_at', 'final_by'];
  refused text;
BEGIN
  IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF (NEW.status, NEW.approval) IS DISTINCT FROM ('DRAFT', 'PENDING_REVIEW') OR NEW.approved_by IS NOT NULL THEN
      refused := 'an invoice comes into the book as a draft that nobody has reviewed';
    END IF;
  ELSE
    IF NEW.status = 'FINAL' AND NOT pg_has_role(current_user, 'oneoff_finalizer', 'USAGE') THEN
      refused := 'only a finalizer makes an invoice final';
    ELSIF (NEW.approval, NEW.approved_by, NEW.approved_at) IS DISTINCT FROM (OLD.approval, OLD.approved_by, OLD.approved_at)
      AND NEW.approval <> 'PENDING_REVIEW' AND NOT pg_has_role(current_user, 'oneoff_reviewer', 'USAGE') THEN
      refused := 'only a reviewer approves or declines an invoice';
    ELSIF to_jsonb(NEW) - moves IS DISTINCT FROM to_jsonb(OLD) - moves AND NEW.approval <> 'PENDING_REVIEW' THEN
      refused := 'a draft that is written anew has to be reviewed anew';
    END IF;
  END IF;
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = refused, ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION oneoff_entry_by_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    AND (NEW.body::jsonb ->> 'role') IS DISTINCT FROM session_user THEN
    RAISE EXCEPTION USING MESSAGE = 'an entry tells the role of whoever writes it', ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER guard_invoice_by_role BEFORE INSERT OR UPDATE ON invoice
  FOR EACH ROW EXECUTE FUNCTION oneoff_invoice_by_role();
CREATE OR REPLACE TRIGGER guard_entry_by_role BEFORE INSERT ON entry
  FOR EACH ROW EXECUTE FUNCTION oneoff_entry_by_role();
ALTER TABLE invoice ENABLE ALWAYS TRIGGER guard_invoice_by_role;
ALTER TABLE entry ENABLE ALWAYS TRIGGER guard_entry_by_role;

COMMIT;
